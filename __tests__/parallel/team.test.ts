import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { STOPPED, Team } from '../../src/parallel/team.js';
import { type Pass, type Phase, perPart, perShard } from '../../src/program/phase.js';

const pass: Pass = {
  samples: 7,
  shards: 3,
  training: true,
  number: 5,
  epoch: 3,
  learningRate: 0.1,
  groupRates: [0.2, 1 / 3],
  batch: { index: 1, count: 4 },
};
const scratch = new Float32Array(4);

/** Has a team of one worker take part in a pass. */
async function passAlone(team: Team, phases: readonly Phase[], passes = 0): Promise<boolean> {
  const passed = team.pass(0, pass);
  const tookPart = team.takePart([phases], passes, 0, scratch);
  await passed;
  return tookPart;
}

describe('a team of one worker', () => {
  it('runs each of 3 shards and 2 parts once, phase after phase, with the shards’ samples', async () => {
    const log: unknown[] = [];
    const phases: Phase[] = [
      perShard(({ index, first, count }, _, memory) => log.push(['shard', index, first, count, memory === scratch])),
      perPart(2, (part) => log.push(['part', part])),
    ];
    expect(await passAlone(Team.create(2, 1, 2), phases)).toBe(true);
    expect(log).toEqual([
      ['shard', 0, 0, 3, true],
      ['shard', 1, 3, 2, true],
      ['shard', 2, 5, 2, true],
      ['part', 0],
      ['part', 1],
    ]);
  });

  it('is told all of a pass and which of 2 programs it runs, and goes when it is dismissed', async () => {
    const log: unknown[] = [];
    const programs = ['first', 'second'].map((name) => [perPart(1, (_, told) => log.push([name, told]))]);
    const plain = { samples: 1, shards: 1, training: false, number: 2 ** 40, learningRate: 0 };
    const teams = [Team.create(1, 1, 2), Team.create(1, 1)];
    for (const [i, each] of [pass, plain].entries()) {
      const passed = teams[i].pass(1 - i, each);
      teams[i].takePart(programs, 0, 0, scratch);
      await passed;
      teams[i].dismiss();
      expect(teams[i].takePart(programs, 1, 0, scratch)).toBe(false);
    }
    expect(log).toEqual([
      ['second', pass],
      ['first', plain],
    ]);
  });

  it('throws what a unit throws, runs no later phase, and works again once cleared', async () => {
    let later = 0;
    const phases = [
      perShard(({ index }) => {
        if (index === 1) throw new RangeError('shard 1 broke');
      }),
      perPart(1, () => later++),
    ];
    const team = Team.create(2, 1, 2);
    team.pass(0, pass);
    expect(() => team.takePart([phases], 0, 0, scratch)).toThrow(new RangeError('shard 1 broke'));
    expect(later).toBe(0);
    team.clear();
    await passAlone(team, [perShard(() => {}), phases[1]]);
    await passAlone(team, [perShard(() => {}), phases[1]], 1);
    expect(later).toBe(2);
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

describe('a worker of two', () => {
  it('stops behind the phase in which the other one fails, without waiting, and does not begin a pass after that', () => {
    const team = Team.create(2, 2, 2);
    const phases = [perShard(() => team.fail()), perPart(1, () => {})];
    team.pass(0, pass);
    withoutWaiting(() => {
      expect(() => team.takePart([phases], 0, 0, scratch)).toThrow(STOPPED);
      expect(team.takePart([phases], 0, 1, scratch)).toBe(false);
    });
  });

  it('does all units while the other one has not come, and the pass ends when that one has come too', async () => {
    const team = Team.create(2, 2, 2);
    const units: string[] = [];
    const phases = [perShard(({ index }) => units.push(`shard ${index}`)), perPart(1, () => units.push('part'))];
    let ended = false;
    const passed = team.pass(0, pass).then(() => {
      ended = true;
    });
    withoutWaiting(() => team.takePart([phases], 0, 0, scratch));
    await setTimeout(20); // in which the pass would have ended
    expect([units, team.late(), ended]).toEqual([['shard 0', 'shard 1', 'shard 2', 'part'], [2], false]);
    withoutWaiting(() => team.takePart([phases], 0, 1, scratch));
    await passed;
    expect([units.length, ended]).toEqual([4, true]);
  });

  it('waits between two phases for a unit that the other one is at', () => {
    const team = Team.create(2, 2, 2);
    const phases = [
      perShard(({ index }) => {
        if (index === 0) team.takePart([phases], 0, 1, scratch); // the other worker, while this one is at shard 0
      }),
      perPart(1, () => {}),
    ];
    team.pass(0, pass);
    withoutWaiting(() => expect(() => team.takePart([phases], 0, 0, scratch)).toThrow('waits on, for half a second'));
    expect(team.late()).toEqual([1]);
  });
});

describe('a team with other machines', () => {
  const transfers = [{ of: 'samples', array: new Float32Array(7), size: 1 }] as const;
  const other = { rank: 1, ranks: 2 };

  /** Carries transfers out when it is asked to wait for the so-many-th time. */
  function lateCarrier(log: string[], waits: number) {
    const arriving: (() => void)[] = [];
    return {
      begin(_: unknown, place: number, { own }: Pass, onArrival: () => void) {
        log.push(`begin ${place}: samples from ${own?.first}`);
        arriving.push(onArrival);
      },
      wait() {
        if (--waits > 0) return;
        log.push('arrival');
        for (const arrive of arriving.splice(0)) arrive();
      },
    };
  }

  it('runs the shards of its machine, begins a transfer behind the phase before it, and ends the pass after its arrival', async () => {
    const log: string[] = [];
    const phases: Phase[] = [
      perShard(({ index }) => log.push(`shard ${index}`)),
      { by: 'exchange', transfers },
      perPart(1, () => log.push('meanwhile')),
      { by: 'arrival', transfers },
    ];
    const team = Team.create(4, 1, 2, other);
    const passed = team.pass(0, pass);
    let isOver = false;
    passed.then(() => {
      isOver = true;
    });
    // The worker first: with nothing to wait for but the arrival, which comes before, in one thread.
    const carrier = lateCarrier(log, 3);
    const early = [...phases.slice(0, 3)];
    expect(team.takePart([early], 0, 0, scratch)).toBe(true);
    await setTimeout(5);
    expect(isOver).toBe(false);
    expect(team.exchange([phases.slice(0, 2).concat(phases[3])], 0, carrier)).toBe(true);
    await passed;
    expect(log).toEqual(['shard 1', 'shard 2', 'meanwhile', 'begin 1: samples from 3', 'arrival']);
  });

  it('counts as progress that other machines are waited for, and not that workers are', async () => {
    const team = Team.create(3, 1, 2, other);
    team.pass(0, pass);
    const waiting: number[] = [];
    const phases: Phase[] = [perShard(() => {}), { by: 'exchange', transfers }, { by: 'arrival', transfers }];
    let arrive = () => {};
    const carrier = {
      begin(_: unknown, _place: number, _pass: Pass, onArrival: () => void) {
        arrive = onArrival;
      },
      wait() {
        waiting.push(team.progress());
        if (waiting.length === 3) team.takePart([[phases[0], perPart(0, () => {})]], 0, 0, scratch);
        if (waiting.length === 6) arrive();
      },
    };
    expect(team.exchange([phases], 0, carrier)).toBe(true);
    expect(waiting[1]).toBe(waiting[0]);
    expect(waiting[4]).toBeGreaterThan(waiting[3]);
  });

  it('stops the thread that exchanges when a worker fails', async () => {
    const team = Team.create(2, 1, 2, other);
    team.pass(0, pass);
    const carrier = { begin() {}, wait: () => team.fail() };
    const phases: Phase[] = [perShard(() => {}), { by: 'exchange', transfers }];
    expect(() => team.exchange([phases], 0, carrier)).toThrow(STOPPED);
  });
});
