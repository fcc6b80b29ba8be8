import { describe, expect, it } from '@jest/globals';
import { changesOf, meanWithError } from '../../../benchmarks/speed/page/change.js';

describe('what bench:page says', () => {
  // Blocks of two steps: 11 each with the page, 10 each without.
  const times = [0, 11, 22, 32, 42, 53, 64];

  it('compares each block with its neighbours: the share by which those with the page are longer, to 1e-12', () => {
    const changes = changesOf(times, 2);
    expect(changes).toHaveLength(2);
    for (const change of changes) expect(change).toBeCloseTo(10, 12);
  });

  it('leaves out a block that was not finished', () => {
    expect(changesOf(times.slice(0, -1), 2)).toHaveLength(1);
  });

  it('gives the mean of the changes and its standard error, to 1e-12', () => {
    const { mean, error } = meanWithError([1, 2, 3, 6]);
    expect(mean).toBe(3);
    expect(error).toBeCloseTo(Math.sqrt(14 / 3 / 4), 12);
  });
});
