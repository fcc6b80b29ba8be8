import { describe, expect, it } from '@jest/globals';
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Dropout2d,
  Flatten,
  gradcheck,
  type Layer,
  Linear,
  MaxPool2d,
  ReLU,
  type Shape,
  StochasticDepth,
  Upsample,
} from '../../src/index.js';

const layers: readonly [what: string, layer: Layer, inputShape: Shape][] = [
  ['Conv2d of one pixel', new Conv2d(1, 1, 1), [1, 1, 1]],
  ['Conv2d of one channel, 3×2', new Conv2d(1, 5, [3, 2], { stride: [2, 1], padding: [1, 0] }), [1, 7, 6]],
  ['Conv2d with a gap between windows and a rest', new Conv2d(2, 3, 2, { stride: 3 }), [2, 6, 7]],
  ['Conv2d without bias, 5×5, stride 3', new Conv2d(3, 5, 5, { stride: 3, padding: 2, bias: false }), [3, 8, 7]],
  ['Conv2d that pads more than its kernel', new Conv2d(2, 3, 1, { padding: 2 }), [2, 3, 2]],
  ['Conv2d whose kernel is the padded image', new Conv2d(3, 9, [5, 4], { padding: [1, 0] }), [3, 3, 4]],
  ['Conv2d 3×3 of 7 to 9 channels', new Conv2d(7, 9, 3, { padding: 1 }), [7, 3, 5]],
  ['BatchNorm2d', new BatchNorm2d(3), [3, 3, 5]],
  ['BatchNorm2d of one pixel', new BatchNorm2d(5), [5, 1, 1]],
  ['BatchNorm2d with a large eps', new BatchNorm2d(9, { eps: 0.5 }), [9, 2, 1]],
  ['ReLU of features', new ReLU(), [37]],
  ['ReLU of an image', new ReLU(), [3, 5, 3]],
  ['Dropout', new Dropout(0.3), [3, 5, 3]],
  ['Dropout of nothing', new Dropout(0), [13]],
  ['Dropout of everything', new Dropout(1), [13]],
  ['StochasticDepth of samples', new StochasticDepth(0.3, 'row'), [3, 5, 3]],
  ['StochasticDepth of the batch', new StochasticDepth(0.5, 'batch'), [13]],
  ['MaxPool2d', new MaxPool2d(2), [3, 5, 7]],
  ['MaxPool2d that overlaps', new MaxPool2d(3, { stride: 2 }), [5, 7, 6]],
  ['MaxPool2d with gaps', new MaxPool2d([2, 1], { stride: [3, 2] }), [3, 8, 5]],
  ['MaxPool2d, padded', new MaxPool2d(3, { stride: 2, padding: 1 }), [3, 4, 5]],
  ['MaxPool2d, dilated and over the end', new MaxPool2d(2, { stride: 3, dilation: 2, ceilMode: true }), [3, 7, 5]],
  ['AvgPool2d', new AvgPool2d(2), [3, 5, 4]],
  ['AvgPool2d that overlaps, padded', new AvgPool2d(3, { stride: 2, padding: 1 }), [5, 4, 5]],
  ['AvgPool2d over the end, by 3', new AvgPool2d([3, 2], { stride: 2, ceilMode: true, divisorOverride: 3 }), [3, 4, 5]],
  ['AvgPool2d of its own pixels', new AvgPool2d(4, { padding: 2, countIncludePad: false }), [1, 3, 5]],
  ['AdaptiveAvgPool2d of the image', new AdaptiveAvgPool2d(1), [5, 4, 3]],
  ['AdaptiveAvgPool2d, uneven', new AdaptiveAvgPool2d([3, null]), [3, 4, 3]],
  ['AdaptiveAvgPool2d of more than there is', new AdaptiveAvgPool2d([5, 2]), [1, 2, 1]],
  ['Dropout2d', new Dropout2d(0.4), [5, 3, 2]],
  ['Upsample', new Upsample({ scaleFactor: 2 }), [3, 2, 3]],
  ['Upsample to fewer', new Upsample({ size: [2, 5] }), [3, 3, 4]],
  ['Upsample, bilinear', new Upsample({ scaleFactor: [1.7, 2], mode: 'bilinear' }), [3, 3, 2]],
  ['Upsample, bilinear, corners', new Upsample({ size: [4, 3], mode: 'bilinear', alignCorners: true }), [1, 3, 5]],
  ['Flatten', new Flatten(), [3, 5, 2]],
  ['Flatten of features', new Flatten(), [7]],
  ['Linear', new Linear(37, 11), [37]],
  ['Linear without bias', new Linear(70, 3, { bias: false }), [70]],
  ['Linear of one number', new Linear(1, 1), [1]],
];

// F(4×4,3×3) and F(2×2,3×3) on outputs of heights and widths with every rest that 4 leaves.
const winograd = [
  ['simd', new Conv2d(8, 8, 3, { padding: 1 }), [8, 5, 6]],
  ['simd', new Conv2d(8, 8, 3, { padding: 1, bias: false }), [8, 3, 7]],
  ['simd', new Conv2d(8, 16, 3), [8, 4, 3]],
  ['simd', new Conv2d(16, 8, 3, { padding: [2, 0] }), [16, 2, 6]],
  ['reference', new Conv2d(8, 8, 3, { padding: [1, 0] }), [8, 1, 5]],
] as const;

describe.each(['reference', 'simd'] as const)('gradients by central differences, %s kernels', (kernels) => {
  it.each(layers)('%s: within 1e-3 of their root mean square, and rounding', (_what, layer, inputShape) => {
    expect(gradcheck(layer, inputShape, { kernels, shards: 2 })).toBe(true);
  });
});

describe.each(['winograd', 'im2col'] as const)('gradients by central differences, %s', (convolution) => {
  it.each(winograd.map(([kernels, layer, inputShape]) => [kernels, layer.describe(), inputShape, layer] as const))(
    '%s kernels, %s on %j: within 1e-3 and rounding',
    (kernels, _what, inputShape, layer) => {
      expect(gradcheck(layer, inputShape, { kernels, convolution, batchSize: 2 })).toBe(true);
    },
  );
});
