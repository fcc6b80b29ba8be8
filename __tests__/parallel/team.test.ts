import { describe, expect, it, jest } from '@jest/globals';
import { STOPPED, Team } from '../../src/parallel/team.js';
import { type Pass, type Phase, perPart, perShard } from '../../src/program/phase.js';

const pass: Pass = { samples: 7, shards: 3, training: true, number: 0, learningRate: 0.1 };
const scratch = new Float32Array(4);

describe('a team of one worker', () => {
  it('runs each of 3 shards and 2 parts once, phase after phase, with the shards’ samples', () => {
    const log: unknown[] = [];
    const phases: Phase[] = [
      perShard(({ index, first, count }, _, memory) => log.push(['shard', index, first, count, memory === scratch])),
      perPart(2, (part) => log.push(['part', part])),
    ];
    Team.create(2, 1).run(phases, pass, 0, scratch);
    expect(log).toEqual([
      ['shard', 0, 0, 3, true],
      ['shard', 1, 3, 2, true],
      ['shard', 2, 5, 2, true],
      ['part', 0],
      ['part', 1],
    ]);
  });

  it('throws what a unit throws, runs no later phase, and works again once cleared', () => {
    let later = 0;
    const phases = [
      perShard(({ index }) => {
        if (index === 1) throw new RangeError('shard 1 broke');
      }),
      perPart(1, () => later++),
    ];
    const team = Team.create(2, 1);
    expect(() => team.run(phases, pass, 0, scratch)).toThrow(new RangeError('shard 1 broke'));
    expect(later).toBe(0);
    team.clear();
    team.run([perShard(() => {}), phases[1]], pass, 0, scratch);
    expect(later).toBe(1);
  });
});

/** A wait that nobody ends would block this thread for good. */
function withoutWaiting(run: () => void): void {
  const wait = Atomics.wait;
  const bounded = jest.spyOn(Atomics, 'wait').mockImplementation(((array: Int32Array, place: number, value: number) => {
    const outcome = wait(array, place, value, 500);
    if (outcome === 'timed-out') throw new Error('waits on, for half a second');
    return outcome;
  }) as typeof Atomics.wait);
  try {
    run();
  } finally {
    bounded.mockRestore();
  }
}

const phases = [perShard(() => {}), perPart(1, () => {})];

it('a worker that reaches a barrier after another one has failed stops without waiting', () => {
  const team = Team.create(2, 2);
  team.fail();
  withoutWaiting(() => expect(() => team.run(phases, pass, 0, scratch)).toThrow(STOPPED));
});

it('a worker waits for a late one between two phases, and behind the last one for none', () => {
  const team = Team.create(2, 2);
  withoutWaiting(() => expect(() => team.run(phases, pass, 0, scratch)).toThrow('waits on, for half a second'));
  expect(team.late()).toEqual([2]);
  team.clear();
  withoutWaiting(() => team.run(phases.slice(0, 1), pass, 0, scratch));
});
