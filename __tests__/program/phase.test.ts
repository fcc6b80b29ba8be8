import { describe, expect, it } from '@jest/globals';
import { type Pass, shardOf } from '../../src/program/phase.js';

const sizes = (samples: number, shards: number): number[] => {
  const pass: Pass = { samples, shards, training: true, number: 0, learningRate: 0 };
  return Array.from({ length: shards }, (_, index) => shardOf(pass, index)).map(({ first, count }, index, all) => {
    expect(first).toBe(index === 0 ? 0 : all[index - 1].first + all[index - 1].count);
    return count;
  });
};

describe('the shards of a batch', () => {
  it('cover it once and hold at least one sample each, for 1 to 60 samples and as many shards or fewer', () => {
    for (let samples = 1; samples <= 60; samples++)
      for (let shards = 1; shards <= samples; shards++) {
        const all = sizes(samples, shards);
        expect(Math.min(...all)).toBeGreaterThanOrEqual(1);
        expect(all.reduce((sum, size) => sum + size, 0)).toBe(samples);
      }
  });

  it('fall from 8 and 9 samples to 1 and 2 for 100 samples in 20 shards', () => {
    expect(sizes(100, 20)).toEqual([8, 9, 8, 7, 8, 6, 7, 6, 5, 6, 4, 5, 4, 3, 4, 2, 3, 2, 1, 2]);
  });
});
