import { describe, expect, it } from '@jest/globals';
import { referenceKernels } from '../../src/kernels/reference/index.js';
import { type HashKey, hash, hashKey, permutation, purposes, uniform } from '../../src/tensor/random.js';
import { unequal } from '../support/unequal.js';

// A run's shuffles, weights and masks follow from these: a change here makes old seeds new ones. The numbers were
// computed apart from the code, from the formulas in its comments.
describe('golden numbers', () => {
  it('hash gives these words', () => {
    expect([0, 1, 2, 3].map((i) => hash([0, 0], i))).toEqual([0, 1753845952, 3507691905, 1408362973]);
    expect(hash([1, 2], 3)).toBe(3797366418);
    expect(hash([0xffffffff, 0x80000000], 7)).toBe(3463363126);
  });

  it('hashKey gives these keys, for seeds up to 2³² − 1', () => {
    expect(hashKey(0, 'initialize', 0)).toEqual([1021148442, 2050762655]);
    expect(hashKey(42, 'dropout', 3, 100, 99)).toEqual([907204574, 1104371530]);
    expect(hashKey(4294967295, 'shuffle', 4)).toEqual([3269564288, 144120717]);
  });

  it('permutation gives these orders, another one for another epoch', () => {
    expect([...permutation(10, hashKey(1, 'shuffle', 0))]).toEqual([9, 2, 7, 6, 1, 4, 8, 3, 0, 5]);
    expect([...permutation(10, hashKey(1, 'shuffle', 1))]).toEqual([7, 8, 4, 9, 2, 5, 3, 0, 1, 6]);
  });
});

describe('permutation', () => {
  it.each([0, 1, 2, 100, 60000])('of %d holds each number once', (count) => {
    const order = permutation(count, hashKey(3, 'shuffle', 0));
    expect(
      unequal(
        order.toSorted(),
        Int32Array.from({ length: count }, (_, i) => i),
      ),
    ).toEqual([]);
  });

  it('puts each of 5 numbers in each place equally often, χ² within 5 sigma over 20,000 keys', () => {
    const counts = new Float64Array(25);
    for (let epoch = 0; epoch < 20000; epoch++)
      for (const [place, number] of permutation(5, hashKey(0, 'shuffle', epoch)).entries())
        counts[5 * place + number]++;
    // 25 cells with 9 equal sums left over: 16 degrees of freedom, χ² has mean 16 and deviation √32.
    expect(Math.abs(chiSquare(counts, 4000) - 16)).toBeLessThan(5 * Math.sqrt(32));
  });
});

const chiSquare = (counts: Float64Array, expected: number) =>
  counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);

const COUNT = 100_000;

describe('uniform', () => {
  const draws = Float64Array.from({ length: COUNT }, (_, i) => uniform(hashKey(1, 'initialize', 0), i));

  it('stays in [0, 1) and has mean 1/2 within 5 sigma over 100,000 numbers', () => {
    expect(draws.every((value) => value >= 0 && value < 1)).toBe(true);
    const mean = draws.reduce((sum, value) => sum + value, 0) / COUNT;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / COUNT));
  });

  it.each([
    ['256 cells of its first bits', (value: number) => Math.floor(value * 256)],
    ['256 cells of its last bits', (value: number) => (value * 2 ** 32) % 256],
  ])('fills %s evenly, χ² within 5 sigma', (_cells, cell) => {
    const counts = new Float64Array(256);
    for (const value of draws) counts[cell(value)]++;
    expect(Math.abs(chiSquare(counts, COUNT / 256) - 255)).toBeLessThan(5 * Math.sqrt(2 * 255));
  });

  it('has neighbours with a correlation within 5 sigma of 0', () => {
    expect(Math.abs(correlation(draws.subarray(1), draws.subarray(0, COUNT - 1)))).toBeLessThan(5 / Math.sqrt(COUNT));
  });
});

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(Array.from(a)), mean(Array.from(b))];
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += (a[i] - meanA) * (b[i] - meanB);
    squareA += (a[i] - meanA) ** 2;
    squareB += (b[i] - meanB) ** 2;
  }
  return product / Math.sqrt(squareA * squareB);
}

describe('dropout masks', () => {
  const ones = new Float32Array(COUNT).fill(1);
  const mask = (key: HashKey, p: number) => {
    const kept = new Float32Array(COUNT);
    referenceKernels.dropout(ones, kept, key, Math.round(p * 2 ** 32), 1);
    return kept;
  };

  it.each([0.1, 0.3, 0.5, 0.9])('drop a share of %d within 5 sigma of 100,000 elements', (p) => {
    const kept = mask(hashKey(7, 'dropout', 4, 5, 6), p).reduce((sum, value) => sum + value, 0);
    expect(Math.abs(kept / COUNT - (1 - p))).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / COUNT));
  });

  // Keys are (seed, 'dropout', layer, step, sample).
  it.each<[string, HashKey, HashKey]>([
    ['the seed differs', hashKey(0, 'dropout', 0, 0, 0), hashKey(1, 'dropout', 0, 0, 0)],
    ['the layer differs', hashKey(0, 'dropout', 0, 0, 0), hashKey(0, 'dropout', 1, 0, 0)],
    ['the step differs', hashKey(0, 'dropout', 0, 0, 0), hashKey(0, 'dropout', 0, 1, 0)],
    ['the sample differs', hashKey(0, 'dropout', 0, 0, 0), hashKey(0, 'dropout', 0, 0, 1)],
    ['layer and step change places', hashKey(0, 'dropout', 0, 7, 0), hashKey(0, 'dropout', 7, 0, 0)],
  ])('are uncorrelated within 5 sigma, at any of six shifts, when only %s', (_what, one, other) => {
    const [first, second] = [mask(one, 0.5), mask(other, 0.5)];
    for (const shift of [0, 1, 2, 3, 64, 6272]) {
      const [a, b] = [first.subarray(shift), second.subarray(0, COUNT - shift)];
      expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(COUNT - shift));
    }
  });

  it('have a key of their own for each of the 15 purposes', () => {
    const keys = Object.keys(purposes).map((purpose) => hashKey(0, purpose as keyof typeof purposes, 0).join());
    expect(new Set(keys).size).toBe(15);
  });
});
