import { describe, expect, it } from '@jest/globals';
import {
  joinPhases,
  type Pass,
  type Phase,
  perChannels,
  perPart,
  perShard,
  runUnit,
  shardOf,
  unitsOf,
} from '../../src/program/phase.js';

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

describe('phases in the background', () => {
  const pass: Pass = { samples: 4, shards: 2, training: true, number: 0, learningRate: 0 };

  /** The units of each joined phase, in order. */
  function unitsIn(phases: (log: string[]) => Phase[]): string[][] {
    const log: string[] = [];
    return joinPhases(phases(log)).map((phase) => {
      log.length = 0;
      for (let unit = 0; unit < unitsOf(phase, pass); unit++) runUnit(phase, unit, pass, new Float32Array(0));
      return [...log];
    });
  }

  const parts = (log: string[], name: string) => perPart(2, (part) => log.push(`${name}${part}`));
  const background = (log: string[], name: string): Phase => ({ ...parts(log, name), background: true });
  const channels = (log: string[], name: string) => perChannels(32, ({ first }) => log.push(`${name}${first}`));

  it('run behind the units of the next phase that is not joined to the one before them', () => {
    const found = unitsIn((log) => [
      channels(log, 'a'),
      background(log, 'update '),
      channels(log, 'b'),
      background(log, 'another '),
      perShard(({ index }) => log.push(`shard ${index}`)),
      perShard(({ index }) => log.push(`and ${index}`)),
      parts(log, 'last '),
    ]);
    expect(found).toEqual([
      ['a0', 'b0', 'a16', 'b16'],
      ['shard 0', 'and 0', 'shard 1', 'and 1', 'update 0', 'update 1', 'another 0', 'another 1'],
      ['last 0', 'last 1'],
    ]);
  });

  it('are a phase of their own where none follows', () => {
    expect(unitsIn((log) => [channels(log, 'a'), background(log, 'update ')])).toEqual([
      ['a0', 'a16'],
      ['update 0', 'update 1'],
    ]);
  });
});
