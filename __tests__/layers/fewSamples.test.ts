import { describe, expect, it } from '@jest/globals';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Flatten } from '../../src/layers/flatten.js';
import type { Layer } from '../../src/layers/layer.js';
import { Linear } from '../../src/layers/linear.js';
import { MaxPool2d } from '../../src/layers/maxPool2d.js';
import { ReLU } from '../../src/layers/relu.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { rowMajor } from '../../src/tensor/view.js';
import { values } from '../support/kernelRoom.js';
import { unequal } from '../support/unequal.js';

const IMAGE = [8, 14, 9] as const;
const SIZE = 8 * 14 * 9;
const SAMPLES = 5;

/** Outputs of five samples in evaluation, so many at a time. */
function outputs(layers: readonly Layer[], batchSize: number): Float32Array {
  const model = new Model(new Sequential([...layers]), { inputShape: IMAGE, batchSize, seed: 1 }).eval();
  const found: number[] = [];
  for (let n = 0; n < SAMPLES; n += batchSize) {
    const samples = values(SAMPLES * SIZE, 1).subarray(n * SIZE, Math.min(SAMPLES, n + batchSize) * SIZE);
    found.push(...rowMajor(model.forward(samples)));
  }
  return Float32Array.from(found);
}

// Four samples are the most that are cut within an image, by lines or rows of tiles; 14 lines are no multiple of four.
describe.each<[string, readonly Layer[]]>([
  ['max pooling', [new MaxPool2d(2)]],
  ['max pooling with padding, stride 1', [new MaxPool2d(3, { stride: 1, padding: 1 })]],
  ['max pooling with stride 2 and dilation 2', [new MaxPool2d(3, { stride: 2, dilation: 2 })]],
  ['im2col', [new Conv2d(8, 12, 5, { padding: 2 }), new ReLU()]],
  ['im2col in groups with stride 2', [new Conv2d(8, 12, 3, { groups: 2, stride: 2, padding: 1 })]],
  ['im2col with dilation', [new Conv2d(8, 12, 3, { dilation: 2 })]],
  ['one tap', [new Conv2d(8, 12, 1)]],
  ['Winograd', [new Conv2d(8, 24, 3, { padding: 1 }), new ReLU()]],
  ['Linear of 71 columns', [new Flatten(), new Linear(SIZE, 71)]],
])('%s', (_, layers) => {
  it('gives one sample, three and four at a time the bits that it gives five', () => {
    const expected = outputs(layers, SAMPLES);
    for (const batchSize of [1, 3, 4]) expect(unequal(outputs(layers, batchSize), expected)).toEqual([]);
  });
});
