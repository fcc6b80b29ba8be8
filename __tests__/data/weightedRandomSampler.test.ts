import { describe, expect, it } from '@jest/globals';
import { tensorDataset } from '../../src/data/tensorDataset.js';
import { WeightedRandomSampler } from '../../src/data/weightedRandomSampler.js';
import { thrown } from '../support/thrown.js';

/** How often each of the numbers from 0 to below `length` stands in a list. */
function countsOf(length: number, numbers: Iterable<number>): number[] {
  const counts = Array<number>(length).fill(0);
  for (const number of numbers) counts[number]++;
  return counts;
}

/** By how many standard deviations `count` of `draws` is off the mean, at a probability. */
const deviations = (count: number, draws: number, probability: number) =>
  Math.abs(count - draws * probability) / Math.sqrt(draws * probability * (1 - probability));

const weights = [0, 5, 1, 0, 0, 2.5, 1e-3, 1.5, 0];
const total = 10.001;

describe('WeightedRandomSampler', () => {
  it('draws 100,000 samples by their weights, to 4 standard deviations each, and none of weight 0', () => {
    const counts = countsOf(9, new WeightedRandomSampler(weights, 100_000).order(9, 1, 0));
    for (const [sample, weight] of weights.entries())
      if (weight === 0) expect(counts[sample]).toBe(0);
      else expect(deviations(counts[sample], 100_000, weight / total)).toBeLessThan(4);
  });

  it('without replacement draws no sample twice, and all that have a weight if asked for as many, of 1 to 40', () => {
    for (let count = 1; count <= 40; count++) {
      const some = Float32Array.from({ length: count }, (_, i) => (i % 3 === 1 ? 0 : 0.1 + i));
      const drawable = [...some.keys()].filter((i) => some[i] > 0);
      const sampler = new WeightedRandomSampler(some, drawable.length, { replacement: false });
      expect([...sampler.order(count, 0, count)].toSorted((a, b) => a - b)).toEqual(drawable);
    }
  });

  it('without replacement draws each next one by the weights that are left: 2 of [3, 1, 1] in 20,000 epochs, to 4 standard deviations', () => {
    const sampler = new WeightedRandomSampler([3, 1, 1], 2, { replacement: false });
    const epochs = Array.from({ length: 20_000 }, (_, epoch) => [...sampler.order(3, 0, epoch)]);
    const first = countsOf(
      3,
      epochs.map(([sample]) => sample),
    );
    const second = countsOf(
      3,
      epochs.map(([, sample]) => sample),
    );
    // The first in second place: it was left out, 2/5, and then is 3 of 4.
    for (const [i, probability] of [0.6, 0.2, 0.2].entries())
      expect(deviations(first[i], 20_000, probability)).toBeLessThan(4);
    for (const [i, probability] of [0.3, 0.35, 0.35].entries())
      expect(deviations(second[i], 20_000, probability)).toBeLessThan(4);
  });

  it('draws by seed and epoch alone', () => {
    const draw = (seed: number, epoch: number) => [...new WeightedRandomSampler(weights, 30).order(9, seed, epoch)];
    expect(draw(1, 2)).toEqual(draw(1, 2));
    expect(new Set([draw(1, 2), draw(1, 3), draw(2, 2)].map(String)).size).toBe(3);
  });

  it('takes weights near the ends of float64: one of 1e-300 beside one of 1e300, and both alone', () => {
    const draw = (some: number[]) => [...new WeightedRandomSampler(some, 2, { replacement: false }).order(3, 0, 0)];
    expect(draw([1e-300, 0, 1e300])).toEqual([2, 0]);
    for (const size of [5e-324, 1e308]) expect(draw([0, size, size / 2 || size]).toSorted()).toEqual([1, 2]);
  });
});

describe('WeightedRandomSampler.balanced', () => {
  it('draws each of the classes of 960, 30 and 10 samples a third of 1,000 times, in 100 epochs, to 4 standard deviations', () => {
    const labels = Uint8Array.from({ length: 1000 }, (_, i) => (i < 960 ? 0 : i < 990 ? 1 : 2));
    const sampler = WeightedRandomSampler.balanced(tensorDataset({ data: labels, shape: [1000, 1, 1, 1] }, labels));
    const orders = Array.from({ length: 100 }, (_, epoch) => sampler.order(1000, 0, epoch));
    expect(orders.every(({ length }) => length === 1000)).toBe(true);
    const classes = countsOf(
      3,
      orders.flatMap((order) => Array.from(order, (sample) => labels[sample])),
    );
    for (const count of classes) expect(deviations(count, 100_000, 1 / 3)).toBeLessThan(4);
  });

  it('refuses targets of more than one class number', () => {
    expect(thrown(() => WeightedRandomSampler.balanced(tensorDataset([[1]], [[0, 1]])))).toBe(
      'SHAPE: WeightedRandomSampler.balanced wants one class number for each sample, found targets of shape [2]',
    );
  });
});

describe('WeightedRandomSampler refuses', () => {
  const expected = 'ARGUMENT: WeightedRandomSampler: expected weights of 0 or more, with a finite sum above 0; found';
  it.each<[string, () => unknown, string]>([
    ['a negative weight', () => new WeightedRandomSampler([1, -1], 1), `${expected} weight 1 of -1`],
    ['NaN', () => new WeightedRandomSampler([Number.NaN], 1), `${expected} weight 0 of NaN`],
    ['weights of 0', () => new WeightedRandomSampler([0, 0], 1), `${expected} weights whose sum is 0`],
    ['no weights', () => new WeightedRandomSampler([], 1), `${expected} weights whose sum is 0`],
    [
      'an infinite sum',
      () => new WeightedRandomSampler([1e308, 1e308], 1),
      `${expected} weights whose sum is Infinity`,
    ],
    ['no samples', () => new WeightedRandomSampler([1], 0), 'numSamples must be a whole number of 1 or more, not 0'],
    [
      'more samples than have a weight, without replacement',
      () => new WeightedRandomSampler([1, 0, 2], 3, { replacement: false }),
      'ARGUMENT: WeightedRandomSampler without replacement: expected at most 2 samples, as many as have a weight above 0, found 3',
    ],
    [
      'another flag',
      () => new WeightedRandomSampler([1], 1, { replacement: 1 as never }),
      'replacement must be true or',
    ],
    [
      'a data set of another size',
      () => new WeightedRandomSampler([1, 2], 1).order(3, 0, 0),
      "ARGUMENT: WeightedRandomSampler has 2 weights; expected one for each of the data set's 3 samples",
    ],
  ])('%s', (_, make, message) => {
    expect(thrown(make)).toContain(message);
  });
});
