import { describe, expect, it } from '@jest/globals';
import { type Cluster, costOf, ringCost } from '../../../benchmarks/machines/cluster.js';
import { computeOf } from '../../../benchmarks/machines/compute.js';
import { type Step, stepAlone, stepTime } from '../../../benchmarks/machines/stepModel.js';
import type { Phase } from '../../../src/program/phase.js';
import type { Transfer } from '../../../src/program/transfer.js';

// 1 Gbit/s gives 1448/1538 of 125,000 bytes in a millisecond.
const cluster: Cluster = {
  ranks: 2,
  cores: 2,
  gigabits: 1,
  messaging: { latency: 0.1, handled: Number.POSITIVE_INFINITY },
};
const rate = (125_000 * 1448) / 1538;

const nothing = () => {};
const work = (name: string, pass: string, operations = 1) => ({ name, pass, operations });
const samples = (bytes: number): Transfer => ({ of: 'samples', array: new Float32Array(bytes / 4), size: 1 });
const step = (phases: readonly Phase[], compute: Step['compute']): Step => ({
  phases,
  compute,
  samples: 100,
  shards: 20,
});

describe('the model of a step on two machines', () => {
  it('a machine computes its half of the samples, and what it does for all of them whole', () => {
    const compute = new Map([
      ['a forward', { fixed: 1, perSample: 0.1 }],
      ['SGD update', { fixed: 3, perSample: 0 }],
    ]);
    const phases: Phase[] = [
      { by: 'shard', run: nothing, work: work('a', 'forward') },
      { by: 'part', parts: 1, run: nothing, work: work('SGD', 'update') },
    ];
    const { step: time, waiting } = stepTime(step(phases, compute), cluster);
    // Of 20 shards a machine has those whose middle lies in its half: 51 samples at most.
    expect(time).toBeCloseTo(1 + 5.1 + 3, 0);
    expect(waiting).toBe(0);
    expect(stepAlone(compute, 100)).toBe(14);
  });

  it('waits for what an exchange takes beyond the computation behind which it goes', () => {
    const transfers = [samples(400_000)];
    const compute = new Map([['a forward', { fixed: 1, perSample: 0 }]]);
    const phases: Phase[] = [
      { by: 'exchange', transfers },
      { by: 'shard', run: nothing, work: work('a', 'forward') },
      { by: 'arrival', transfers },
    ];
    // Half of it crosses the link, in one round.
    expect(stepTime(step(phases, compute), cluster).waiting).toBeCloseTo(200_000 / rate + 0.1 - 1, 6);
  });

  it.each([
    [1, 20],
    [2, 15],
    [4, 12.5],
  ])('messages of which 10 ms are handled make 10 ms of computation on %d cores %f', (cores, expected) => {
    const transfers = [samples(400_000)];
    const compute = new Map([['a forward', { fixed: 10, perSample: 0 }]]);
    const phases: Phase[] = [
      { by: 'exchange', transfers },
      { by: 'shard', run: nothing, work: work('a', 'forward') },
      { by: 'arrival', transfers },
    ];
    const handled = { ranks: 2, cores, gigabits: 1000, messaging: { latency: 0, handled: 40_000 } };
    expect(stepTime(step(phases, compute), handled).compute).toBeCloseTo(expected, 6);
  });

  it('a gradient of the whole batch takes as long as on one machine, and a part of that where it is divided', () => {
    const transfers = [samples(4)];
    const compute = new Map([['a backward', { fixed: 0, perSample: 0.2 }]]);
    const phasesOf = (divided: boolean): Phase[] => [
      { by: 'shard', run: nothing, work: work('a', 'forward', 10) },
      { by: 'part', parts: 1, run: nothing, work: work('a', 'backward', 20) },
      { by: 'exchange', transfers, work: work('machines', 'rows') },
      { by: 'arrival', transfers, work: work('machines', 'rows') },
      { by: 'part', parts: 1, run: nothing, divided, work: work('a', 'backward', 20) },
    ];
    const [whole, divided] = [false, true].map((each) => stepTime(step(phasesOf(each), compute), cluster).compute);
    expect(whole - divided).toBeCloseTo(5, 6);
  });
});

describe('what transfers cost', () => {
  it('a chain sends twice its bytes over the links of all but the first and the last of 4 machines', () => {
    const sum: Transfer = { of: 'sum', array: new Float32Array(250_000), slots: new Float32Array(0) };
    expect(costOf(sum, { ...cluster, ranks: 4 }).busy).toBeCloseTo(2_000_000 / rate, 6);
    expect(costOf(sum, cluster).busy).toBeCloseTo(1_000_000 / rate, 6);
  });

  it('a thread that handles messages more slowly than the link sets the pace', () => {
    const slow = { ...cluster, messaging: { latency: 0, handled: 1000 } };
    expect(costOf(samples(400_000), slow).busy).toBe(400);
  });

  it('a ring of 4 sends 6/4 of the bytes in 6 steps', () => {
    expect(ringCost(1_000_000, { ...cluster, ranks: 4 }).busy).toBeCloseTo(1_500_000 / rate + 0.6, 6);
  });
});

it('two accounts give what each sample costs, and what is left: none of both below 0', () => {
  const account = (samples: number, a: number, b: number) => ({ samples, milliseconds: { a, b } });
  const compute = computeOf(account(100, 12, 5), account(25, 4.5, 6));
  expect(compute.get('a')).toEqual({ fixed: 2, perSample: 0.1 });
  expect(compute.get('b')).toEqual({ fixed: 5, perSample: 0 });
});
