import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { Model } from '../../src/network/model.js';
import type { ModelOptions } from '../../src/network/modelOptions.js';
import { Sequential } from '../../src/network/sequential.js';
import { rowMajor } from '../../src/tensor/view.js';
import { unequal } from '../support/unequal.js';

const build = (options: Partial<ModelOptions> = {}) => {
  const layers = [
    new Conv2d(16, 64, [3, 5], { padding: [1, 2] }),
    new BatchNorm2d(64),
    new Conv2d(64, 16, 3, { padding: 1 }),
    new Conv2d(16, 64, [3, 5], { padding: [1, 2] }),
    new Flatten(),
    new Linear(64 * 4, 300),
  ];
  const model = new Model(new Sequential(layers), { inputShape: [16, 2, 2], batchSize: 2, ...options });
  return new Map([...model.stateDict()].map(([name, tensor]) => [name, rowMajor(tensor)]));
};

const state = build();
const valuesOf = (name: string) => Array.from(state.get(name) ?? [], Number);

const unequalTensors = (other: typeof state) =>
  [...state].flatMap(([name, values]) => unequal(other.get(name) ?? [], values).map((place) => `${name}: ${place}`));

describe('initial parameters', () => {
  it.each([
    ['0.weight', 16 * 15],
    ['0.bias', 16 * 15],
    ['2.weight', 64 * 9],
    ['2.bias', 64 * 9],
    ['3.weight', 16 * 15],
    ['5.weight', 64 * 4],
    ['5.bias', 64 * 4],
  ])('%s is U(±1/√%d): within the bound, mean and variance within 5 sigma', (name, fanIn) => {
    const values = valuesOf(name);
    const bound = Math.fround(1 / Math.sqrt(fanIn));
    expect(values.every((value) => Math.abs(value) <= bound)).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    // X has variance b²/3, X² has variance b⁴/5 − b⁴/9.
    expect(Math.abs(mean)).toBeLessThan(5 * bound * Math.sqrt(1 / 3 / values.length));
    expect(Math.abs(square - bound ** 2 / 3)).toBeLessThan(5 * bound ** 2 * Math.sqrt(4 / 45 / values.length));
  });

  it('BatchNorm2d starts with weight 1, bias 0, running mean 0, running variance 1 and no batch', () => {
    const constants = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map(
      (key) => new Set(valuesOf(`1.${key}`)),
    );
    expect(constants).toEqual([new Set([1]), new Set([0]), new Set([0]), new Set([1]), new Set([0])]);
  });

  it('two layers of the same shape start with different weights', () => {
    const [first, second] = [valuesOf('0.weight'), valuesOf('3.weight')];
    expect(first.filter((value, i) => value === second[i]).length).toBeLessThan(5);
  });

  it('another seed gives other weights, the same seed the same ones', () => {
    const other = build({ seed: 1 }).get('0.weight') ?? [];
    expect(valuesOf('0.weight').filter((value, i) => value === other[i]).length).toBeLessThan(5);
    expect(unequalTensors(build({ seed: 0 }))).toEqual([]);
  });

  it('depends on neither batch size, shards, workers nor kernels', () => {
    expect(unequalTensors(build({ batchSize: 5, shards: 3, workers: 2, kernels: 'reference' }))).toEqual([]);
  });
});
