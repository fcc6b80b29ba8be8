import { describe, expect, it } from '@jest/globals';
import {
  type Activation,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  gradcheck,
  type Layer,
  type LayerPlan,
  Linear,
  MaxPool2d,
  type Planner,
  ReLU,
  Sequential,
  type Shape,
} from '../../src/index.js';
import { thrown } from '../support/thrown.js';

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
  ['MaxPool2d', new MaxPool2d(2), [3, 5, 7]],
  ['MaxPool2d that overlaps', new MaxPool2d(3, { stride: 2 }), [5, 7, 6]],
  ['MaxPool2d with gaps', new MaxPool2d([2, 1], { stride: [3, 2] }), [3, 8, 5]],
  ['Flatten', new Flatten(), [3, 5, 2]],
  ['Flatten of features', new Flatten(), [7]],
  ['Linear', new Linear(37, 11), [37]],
  ['Linear without bias', new Linear(70, 3, { bias: false }), [70]],
  ['Linear of one number', new Linear(1, 1), [1]],
];

// F(4×4,3×3) and F(2×2,3×3) on the outputs' heights and widths, with every rest that 4 leaves.
const winograd: readonly [layer: Conv2d, inputShape: Shape][] = [
  [new Conv2d(8, 8, 3, { padding: 1 }), [8, 5, 6]],
  [new Conv2d(8, 8, 3, { padding: 1, bias: false }), [8, 3, 7]],
  [new Conv2d(8, 16, 3), [8, 4, 3]],
  [new Conv2d(16, 8, 3, { padding: [2, 0] }), [16, 1, 4]],
];

const wholeNetwork = () =>
  new Sequential({
    features: new Sequential([
      ...[new Conv2d(2, 8, 3, { stride: 2, padding: 1 }), new ReLU(), new Dropout(0.2), new BatchNorm2d(8)],
      ...[new Conv2d(8, 8, 3, { padding: 1 }), new BatchNorm2d(8), new ReLU(), new MaxPool2d(3, { stride: 2 })],
    ]),
    classifier: new Sequential([new Dropout(0.3), new Flatten(), new Linear(16, 9), new ReLU(), new Linear(9, 3)]),
  });

describe.each(['reference', 'simd'] as const)('gradients by central differences, %s kernels', (kernels) => {
  it.each(layers)(
    '%s: within 1e-3 of the gradient’s root mean square, and of rounding’s doubt',
    (_what, layer, inputShape) => {
      expect(gradcheck(layer, inputShape, { kernels, shards: 2 })).toBe(true);
    },
  );

  describe.each(['winograd', 'im2col'] as const)('%s', (convolution) => {
    it.each(winograd)('%o on %j: within 1e-3 and rounding’s doubt', (layer, inputShape) => {
      expect(gradcheck(layer, inputShape, { kernels, convolution, batchSize: 2 })).toBe(true);
    });

    it('a network of all layers in two shards: within 1e-3 and rounding’s doubt', () => {
      expect(gradcheck(wholeNetwork(), [2, 9, 8], { kernels, convolution, shards: 2, seed: 1 })).toBe(true);
    });
  });
});

/** A layer as its users write them: y = w·x + w²·x² for each feature, with one weight for each. */
class Parabola implements Layer {
  readonly type = 'Parabola';

  /** @param spoil what is wrong with the gradients of the input and of the weight of feature `i` */
  constructor(
    readonly features: number,
    readonly spoil: Partial<Record<'input' | 'weight', (gradient: number, i: number) => number>> = {},
  ) {}

  arguments() {
    return [this.features];
  }

  describe() {
    return `Parabola(${this.features})`;
  }

  outputShape(): Shape {
    return [this.features];
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { features, spoil } = this;
    const weight = planner.parameter('weight', [features], { constant: 1 });
    const output = planner.activation([features]);
    const asItIs = (gradient: number) => gradient;
    const { input: spoilInput = asItIs, weight: spoilWeight = asItIs } = spoil;
    return {
      output,
      forward: [
        {
          by: 'shard',
          run({ first, count }) {
            for (let place = first * features; place < (first + count) * features; place++) {
              const product = weight.data[place % features] * input.data[place];
              output.data[place] = product + product * product;
            }
          },
        },
      ],
      backward: [
        {
          by: 'part',
          parts: features,
          run(i, { samples }) {
            const w = weight.data[i];
            let sum = 0;
            for (let place = i; place < samples * features; place += features) {
              const [x, dy] = [input.data[place], output.gradient[place]];
              sum += dy * (x + 2 * w * x * x);
              input.gradient[place] = spoilInput(dy * (w + 2 * w * w * x), i);
            }
            weight.gradient[i] = spoilWeight(sum, i);
          },
        },
      ],
    };
  }
}

describe('gradcheck', () => {
  const features = 5;
  const around = (layer: Layer) => new Sequential([new Linear(7, features), layer, new Linear(features, 3)]);

  it('takes a layer of the user’s own, alone and in a network', () => {
    expect(gradcheck(new Parabola(features), [features])).toBe(true);
    expect(gradcheck(around(new Parabola(features)), [7], { shards: 2, batchSize: 7 })).toBe(true);
  });

  it('finds a wrong sign in an input gradient, and names the first tensor behind which all is well', () => {
    const wrong = new Parabola(features, { input: (gradient, i) => (i === 3 ? -gradient : gradient) });
    expect(thrown(() => gradcheck(wrong, [features]))).toMatch(/^GRADIENT: input\[0, 3\]: backward gives /);
    expect(thrown(() => gradcheck(around(wrong), [7]))).toMatch(/^GRADIENT: 0\.bias\[3\]: /);
  });

  it('finds a wrong sign in a parameter’s gradient, and says both gradients', () => {
    const wrong = new Parabola(features, { weight: (gradient, i) => (i === 4 ? -gradient : gradient) });
    const message = thrown(() => gradcheck(wrong, [features]));
    expect(message).toMatch(/^GRADIENT: layer\.weight\[4\]: /);
    const [given, wanted] = message.match(/(?<=gives (?:the gradient )?)-?\d+\.\d+/g)?.map(Number) ?? [];
    expect(Math.abs(given)).toBeGreaterThan(0.1);
    expect(Math.abs(wanted / -given - 1)).toBeLessThan(1e-2);
    expect(thrown(() => gradcheck(around(wrong), [7]))).toMatch(/^GRADIENT: 1\.weight\[4\]: /);
  });
});
