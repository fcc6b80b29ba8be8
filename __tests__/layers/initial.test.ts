import { describe, expect, it } from '@jest/globals';
import { Conv2d } from '../../src/layers/conv2d.js';
import { ConvTranspose2d } from '../../src/layers/convTranspose2d.js';
import type { Layer } from '../../src/layers/layer.js';
import { Linear } from '../../src/layers/linear.js';
import { createLayer } from '../../src/layers/registry.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { hashKey, uniform } from '../../src/tensor/random.js';
import { rowMajor } from '../../src/tensor/view.js';

const build = (layer: Layer, inputShape: readonly number[], kernels: 'reference' | 'auto' = 'auto') =>
  new Model(new Sequential([layer]), { inputShape, batchSize: 1, seed: 3, kernels });

const state = (model: Model) =>
  [...model.stateDict()].map(([name, tensor]) => [name.replace('0.', ''), rowMajor(tensor) as Float32Array] as const);

describe('parameters begin as PyTorch’s: U(±1/√fan_in)', () => {
  // Of 1,000 uniform numbers and more, one in 50 of those within the bound is beyond 0.98 of it.
  it.each<[string, Layer, readonly number[], number]>([
    ['Conv2d(32, 64, 3, groups 4), fan_in 72', new Conv2d(32, 64, 3, { groups: 4 }), [32, 3, 3], 72],
    ['Conv2d(96, 192, [3, 5], groups 96), fan_in 15', new Conv2d(96, 192, [3, 5], { groups: 96 }), [96, 3, 5], 15],
    ['ConvTranspose2d(32, 64, 3), fan_in 576', new ConvTranspose2d(32, 64, 3), [32, 1, 1], 576],
    [
      'ConvTranspose2d(32, 64, 3, groups 4), fan_in 144',
      new ConvTranspose2d(32, 64, 3, { groups: 4 }),
      [32, 1, 1],
      144,
    ],
  ])('%s', (_name, layer, inputShape, fanIn) => {
    const [[, weight], [, bias]] = state(build(layer, inputShape));
    const bound = Math.fround(1 / Math.sqrt(fanIn));
    const largest = (values: Float32Array) => Math.max(...values.map(Math.abs));
    expect(largest(weight)).toBeLessThanOrEqual(bound);
    expect(largest(weight)).toBeGreaterThan(0.98 * bound);
    expect(largest(bias)).toBeLessThanOrEqual(bound);
    expect(largest(bias)).toBeGreaterThan(0.8 * bound);
  });
});

const initial = { weight: { normal: 0.02 }, bias: { constant: 0.5 } };

describe.each<[string, () => Layer, readonly number[]]>([
  ['Conv2d', () => new Conv2d(64, 256, 3, { initial }), [64, 3, 3]],
  ['ConvTranspose2d', () => new ConvTranspose2d(64, 256, 3, { initial }), [64, 1, 1]],
  ['Linear', () => new Linear(400, 400, { initial }), [400]],
])('%s with initial values of its own', (type, create, inputShape) => {
  const [[, weight], [, bias]] = state(build(create(), inputShape));

  it('has a bias of the constant', () => {
    expect(new Set(bias)).toEqual(new Set([0.5]));
  });

  it('is made again of its arguments, which a graph holds', () => {
    const layer = create();
    const given = JSON.parse(JSON.stringify(layer.arguments()));
    expect(given.at(-1).initial).toEqual(initial);
    expect(createLayer(type, given).arguments()).toEqual(layer.arguments());
  });

  it('has normal weights: mean, variance, skewness and kurtosis within 5 sigma, tails within 5 sigma of their number', () => {
    const n = weight.length;
    const moment = (power: number) => weight.reduce((sum, value) => sum + (value / 0.02) ** power, 0) / n;
    // x, x², x³ and x⁴ of a standard normal number have the means 0, 1, 0, 3 and the variances 1, 2, 15, 96.
    for (const [power, mean, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ])
      expect(Math.abs(moment(power) - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
    // P(|x| > 1, 2, 3, 4), to four digits.
    for (const [beyond, share] of [
      [1, 0.3173],
      [2, 0.0455],
      [3, 0.0027],
      [4, 6.334e-5],
    ]) {
      const count = weight.filter((value) => Math.abs(value) > 0.02 * beyond).length;
      expect(Math.abs(count - share * n)).toBeLessThan(5 * Math.sqrt(share * n));
    }
  });

  it('has neighbours that do not correlate, within 5 sigma', () => {
    const sum = weight.reduce((total, value, i) => total + (value * (weight[i + 1] ?? 0)) / 0.02 ** 2, 0);
    expect(Math.abs(sum)).toBeLessThan(5 * Math.sqrt(weight.length));
  });
});

it('normal numbers are √(−2 ln u)·cos πv to a float32 rounding, the same bits on every machine', () => {
  const [[, weight]] = state(build(new Linear(40, 30, { initial: { weight: { normal: 1 } } }), [40], 'reference'));
  const key = hashKey(3, 'initialize', 0);
  for (const [i, value] of weight.entries()) {
    const exact = Math.sqrt(-2 * Math.log(1 - uniform(key, 2 * i))) * Math.cos(Math.PI * uniform(key, 2 * i + 1));
    expect(Math.abs(value - exact)).toBeLessThanOrEqual(2 ** -24 * Math.abs(exact) + 1e-14);
  }
  expect([...weight.slice(0, 3), weight[1199]]).toEqual([
    -0.6062641143798828, 0.4850171208381653, -0.2883906066417694, 0.38648083806037903,
  ]);
});
