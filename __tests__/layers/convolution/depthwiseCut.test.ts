import { describe, expect, it } from '@jest/globals';
import { Conv2d, type Conv2dOptions } from '../../../src/layers/conv2d.js';
import { Model } from '../../../src/network/model.js';
import type { ModelOptions } from '../../../src/network/modelOptions.js';
import { Sequential } from '../../../src/network/sequential.js';
import type { Shape } from '../../../src/tensor/shape.js';
import { rowMajor } from '../../../src/tensor/view.js';
import { values } from '../../support/kernelRoom.js';
import { backward, forward } from '../../support/passes.js';
import { unequal } from '../../support/unequal.js';

const C = 20;

/** The output, the input's gradient, and those of weight and bias, of the second of two training passes. */
function numbers(image: Shape, settings: Conv2dOptions, options: Partial<ModelOptions>): Float32Array[] {
  const model = new Model(new Sequential([new Conv2d(C, C, 3, { groups: C, padding: 1, ...settings })]), {
    inputShape: [C, ...image],
    batchSize: 2,
    inputGradient: true,
    ...options,
  });
  const pass = (stream: number) => {
    const y = forward(model.train(), values(2 * C * image[0] * image[1], stream));
    return [y, backward(model, values(y.length, stream + 1))];
  };
  pass(1);
  const found = pass(3);
  return found.concat([...model.gradients().values()].map((gradient) => rowMajor(gradient) as Float32Array));
}

const differing = (found: readonly Float32Array[], expected: readonly Float32Array[]) =>
  expected.flatMap((array, i) => unequal(found[i], array));

// Of two images of 11×11 a shard has 242 rows of channels, and half of them where there are two.
describe.each<Conv2dOptions>([{}, { stride: 2, padding: 0 }, { dilation: 2, padding: 2 }])(
  'a depthwise convolution of %j, cut by channels or by shards',
  (settings) => {
    const image = settings.stride ? [23, 23] : [11, 11];
    const byShard = numbers(image, settings, { shards: 1 });
    const byChannels = numbers(image, settings, { shards: 2 });

    it('gives the same bits where a shard is the whole batch and lines are shorter than 16', () => {
      expect(differing(byChannels, byShard)).toEqual([]);
    });

    it.each(['wide', 'reference'] as const)('gives simd’s bits with %s kernels', (kernels) => {
      expect(differing(numbers(image, settings, { shards: 2, kernels }), byChannels)).toEqual([]);
    });
  },
);

it('an image of one pixel uses the middle of a 3×3 kernel: the other taps’ gradients are 0, also behind an infinite one', () => {
  const model = new Model(new Sequential([new Conv2d(C, C, 3, { groups: C, padding: 1, bias: false })]), {
    inputShape: [C, 1, 1],
    batchSize: 3,
    inputGradient: true,
  });
  const [weight] = [...model.gradients().values()];
  for (const upstream of [Infinity, 1]) {
    forward(model.train(), new Float32Array(3 * C).fill(2));
    backward(model, new Float32Array(3 * C).fill(upstream));
    const expected = Float32Array.from({ length: 9 * C }, (_, i) => (i % 9 === 4 ? 6 * upstream : 0));
    expect(unequal(rowMajor(weight) as Float32Array, expected)).toEqual([]);
  }
});
