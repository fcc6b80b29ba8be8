import { describe, expect, it } from '@jest/globals';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  GroupNorm,
  gradcheck,
  Identity,
  type Layer,
  LayerNorm,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
} from '../../src/index.js';
import { Elementwise, Parabola, Spoiled } from '../support/ownLayers.js';
import { thrown } from '../support/thrown.js';

const wholeNetwork = (channels: number) =>
  new Sequential({
    features: new Sequential([
      new Conv2d(2, channels, 3, { stride: 2, padding: 1 }),
      new ReLU(),
      new Dropout(0.2),
      new BatchNorm2d(channels),
      new Conv2d(channels, channels, 3, { padding: 1 }),
      new GroupNorm(1, channels),
      new BatchNorm2d(channels),
      new ReLU(),
      new MaxPool2d([2, 3], { stride: 1 }),
    ]),
    classifier: new Sequential([
      new Dropout(0.3),
      new Identity(),
      new Flatten(),
      new Linear(2 * channels, 5),
      new BatchNorm1d(5),
      new LayerNorm(5),
      new ReLU(),
      new Linear(5, 3),
    ]),
  });

it.each([
  ['simd', 'winograd', 8],
  ['simd', 'im2col', 8],
  ['reference', 'im2col', 3],
] as const)(
  'gradients of a network of all layers in two shards, %s kernels, %s, %d channels: within 1e-3 and rounding',
  (kernels, convolution, channels) => {
    expect(gradcheck(wholeNetwork(channels), [2, 5, 6], { kernels, convolution, shards: 2, seed: 1 })).toBe(true);
  },
);

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

  it('finds 1 % in any one element of a Linear’s gradients that is at least a fifth of their root mean square', () => {
    const [linear, inputShape, options] = [new Linear(7, 5), [7], { batchSize: 2 }] as const;
    for (const [name, width, which] of [
      ['input', 7, 0],
      ['layer.weight', 7, 1],
    ] as const) {
      let right = new Float32Array();
      const keep = new Spoiled(linear, (...gradients) => {
        right = gradients[which].slice();
      });
      expect(gradcheck(keep, inputShape, options)).toBe(true);
      const least = Math.sqrt(right.reduce((sum, value) => sum + value * value, 0) / right.length) / 5;
      const found = right.reduce((count, value, place) => {
        if (Math.abs(value) < least) return count;
        const wrong = new Spoiled(linear, (...gradients) => {
          gradients[which][place] *= 1.01;
        });
        const index = `[${Math.floor(place / width)}, ${place % width}]`;
        expect(thrown(() => gradcheck(wrong, inputShape, options))).toContain(`GRADIENT: ${name}${index}: `);
        return count + 1;
      }, 0);
      expect(found).toBeGreaterThan(right.length / 2);
    }
  });

  it.each(['winograd', 'im2col'] as const)(
    'finds a wrong sign in one element of a network’s first input gradient, %s',
    (convolution) => {
      const wrong = new Spoiled(new Conv2d(8, 8, 3, { padding: 1 }), (input) => {
        input[100] *= -1;
      });
      const network = new Sequential([wrong, new ReLU(), new BatchNorm2d(8)]);
      // NHWC: 100 = ((0·3 + 2)·5 + 2)·8 + 4.
      expect(thrown(() => gradcheck(network, [8, 3, 5], { convolution, batchSize: 2 }))).toContain(
        'GRADIENT: input[0, 4, 2, 2]: ',
      );
    },
  );

  it('finds a gradient that is added to what the pass before left', () => {
    let left = 0;
    const wrong = new Spoiled(new Linear(7, 5), (_input, weight) => {
      left = weight[3] += left;
    });
    expect(thrown(() => gradcheck(wrong, [7]))).toMatch(/^GRADIENT: layer\.weight\[0, 3\]: /);
  });

  it('leaves out an element on a kink, whatever its gradient; closer steps find it beside one, 2⁻⁸ away', () => {
    const kinked = (away: number) => {
      const origins: number[] = [];
      const kink = (x: number, place: number) => {
        origins[place] ??= x;
        return Math.abs(x - origins[place] - away);
      };
      return new Elementwise(
        (x, place) => (place % features === 2 ? kink(x, place) : x),
        (_x, place) => (place % features === 2 ? 7 : 1),
      );
    };
    expect(gradcheck(kinked(0), [features])).toBe(true);
    expect(thrown(() => gradcheck(kinked(2 ** -8), [features]))).toMatch(/^GRADIENT: input\[0, 2\]: /);
  });

  it('fails when less than half of a tensor’s elements can be checked, and says how many there were', () => {
    // Many teeth for each of the steps, the shortest of which is 2⁻¹².
    const sawtooth = (x: number) => Math.abs((x / 1e-5) % 1);
    const partly = (kinked: number) =>
      new Elementwise(
        (x, place) => (place % features < kinked ? sawtooth(x) : x),
        () => 1,
      );
    expect(gradcheck(partly(2), [features])).toBe(true);
    expect(thrown(() => gradcheck(partly(3), [features]))).toMatch(
      /^GRADIENT: input: only 6 of 15 elements could be checked/,
    );
  });

  it('finds gradients and outputs that are not numbers', () => {
    const notNumbers = new Elementwise(
      (x) => x,
      () => Number.NaN,
    );
    expect(thrown(() => gradcheck(notNumbers, [3]))).toMatch(
      /^GRADIENT: input\[0, 0\]: backward gives the gradient NaN/,
    );
    expect(thrown(() => gradcheck(new Elementwise(Math.sqrt, () => 1), [3]))).toMatch(
      /^GRADIENT: input: only \d of 9 /,
    );
  });

  it('refuses steps and tolerances out of their range, and shapes that do not fit', () => {
    const linear = new Linear(3, 3);
    expect(thrown(() => gradcheck(linear, [3], { eps: 0 }))).toMatch(/^ARGUMENT: gradcheck eps /);
    expect(thrown(() => gradcheck(linear, [3], { rtol: -1 }))).toMatch(/^ARGUMENT: gradcheck rtol /);
    expect(thrown(() => gradcheck(linear, [4]))).toMatch(/^SHAPE: layer layer, Linear/);
  });
});
