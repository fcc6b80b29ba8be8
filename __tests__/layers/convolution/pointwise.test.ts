import { expect, it } from '@jest/globals';
import { Conv2d } from '../../../src/layers/conv2d.js';
import { Model } from '../../../src/network/model.js';
import { Sequential } from '../../../src/network/sequential.js';
import { rowMajor } from '../../../src/tensor/view.js';
import { values } from '../../support/kernelRoom.js';
import { backward, forward } from '../../support/passes.js';
import { unequal } from '../../support/unequal.js';

// With 28 images of nine pixels a product has its 256 rows: 40 samples make one of 28 and one of 12.
const [SAMPLES, INPUT, OUTPUT] = [40, 45, 54];

/** Outputs, input gradient and weight gradient of a 1×1 convolution of samples. */
function pass(batchSize: number, x: Float32Array, upstream: Float32Array) {
  const layers = new Sequential([new Conv2d(5, 6, 1)]);
  const model = new Model(layers, { inputShape: [5, 3, 3], batchSize, shards: 1, inputGradient: true });
  const [y, dx] = [forward(model.train(), x), backward(model, upstream)];
  const [dWeight] = model.gradients().values();
  return { y, dx, dWeight: rowMajor(dWeight) as Float32Array };
}

it('a 1×1 convolution of many small images is that of each: the same bits, and in the gradient of weights within 1e-5', () => {
  const [x, upstream] = [values(SAMPLES * INPUT, 1), values(SAMPLES * OUTPUT, 2)];
  const all = pass(SAMPLES, x.slice(0, SAMPLES * INPUT), upstream.slice(0, SAMPLES * OUTPUT));
  const sum = new Float64Array(all.dWeight.length);
  for (let n = 0; n < SAMPLES; n++) {
    const one = pass(1, x.slice(n * INPUT, (n + 1) * INPUT), upstream.slice(n * OUTPUT, (n + 1) * OUTPUT));
    expect(unequal(all.y.subarray(n * OUTPUT, (n + 1) * OUTPUT), one.y)).toEqual([]);
    expect(unequal(all.dx.subarray(n * INPUT, (n + 1) * INPUT), one.dx)).toEqual([]);
    for (let i = 0; i < sum.length; i++) sum[i] += one.dWeight[i];
  }
  const largest = Math.max(...sum.map(Math.abs));
  expect(sum.length).toBe(30);
  expect(all.dWeight.every((value, i) => Math.abs(value - sum[i]) <= 1e-5 * largest)).toBe(true);
});
