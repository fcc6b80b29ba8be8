import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { StateDict } from '../../src/network/stateDict.js';
import { isExchange, type Phase } from '../../src/program/phase.js';
import { runConfig } from '../support/programs.js';
import { cases, type RankCase } from '../support/rankCases.js';
import { type Delivery, Ranks } from '../support/ranks.js';

/** Of the tensors as they lie in memory. */
function digest(state: StateDict): string {
  const hash = createHash('sha256');
  for (const { data } of state.values()) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}

/** A few steps, an estimate of BatchNorm's statistics, and an evaluation: the hash of all weights, of the average and of what came
 * out. */
function outcome({ network, data, options, batches }: RankCase, ranks: number, delivery: Delivery): string[] {
  const config = runConfig(network(), data, options);
  const machines = new Ranks(config, ranks, delivery);
  const { accumulationSteps: count, shards } = config;
  for (const [number, samples] of batches.entries()) {
    const indices = Array.from({ length: samples }, (_, i) => (7 * number + 3 * i) % data.count);
    const batch = count > 1 ? { index: number % count, count } : undefined;
    const step = {
      shards: Math.min(shards, samples),
      training: true,
      number,
      epoch: number,
      learningRate: 0.02,
      groupRates: [0.01, 0.03, 0.05],
      batch,
    };
    machines.run('train', data, indices, step);
  }
  const hashes = (program: 'train' | 'evaluate', samples: number) =>
    machines.all.map((programs) => {
      const { losses, weights, targets } = programs.batch;
      const { data: outputs, shape } = programs.output(program);
      const size = shape.reduce((product, length) => product * length, 1);
      const numbers = [
        ...losses.subarray(0, samples),
        ...weights.subarray(0, samples),
        ...targets,
        ...outputs.subarray(0, samples * size),
      ];
      return [
        digest(programs.model.stateDict()),
        digest(programs.average?.state ?? new Map()),
        digest(programs.optimizerState),
        numbers.join(),
      ].join('\n');
    });
  const trained = hashes('train', batches[batches.length - 1]);
  const samples = Math.min(config.batchSize, data.count);
  for (const estimatedBatches of [0, 1]) {
    const indices = Array.from({ length: samples }, (_, i) => (5 * estimatedBatches + i) % data.count);
    const pass = { training: true, number: batches.length, learningRate: 0, estimatedBatches };
    machines.run('estimate', data, indices, { ...pass, shards: Math.min(shards, samples) });
  }
  machines.run(
    'evaluate',
    data,
    Array.from({ length: samples }, (_, i) => i),
    {
      shards: samples,
      training: false,
      number: batches.length,
      learningRate: 0,
    },
  );
  return [...trained, ...hashes('evaluate', samples)];
}

describe('machines that share each batch have the bits of one that is alone', () => {
  it.each(Object.keys(cases))('%s: weights, average, optimizer, losses and outputs on 2 and 3 machines', (name) => {
    const each = cases[name];
    const [trained, evaluated] = outcome(each, 1, 'early');
    for (const [ranks, delivery] of [
      [2, 'early'],
      [3, 'late'],
    ] as const) {
      const found = outcome(each, ranks, delivery);
      expect(found.slice(0, ranks).every((one) => one === trained)).toBe(true);
      expect(found.slice(ranks).every((one) => one === evaluated)).toBe(true);
    }
  });
});

it('an estimate of BatchNorm’s statistics begins nothing that it does not wait for, as a forward pass of training does', () => {
  const { network, data, options } = cases['the specified network'];
  const [programs] = new Ranks(runConfig(network(), data, options), 2, 'early').all;
  const unawaited = (phases: readonly Phase[]) =>
    phases.filter(
      (phase) =>
        phase.by === 'exchange' &&
        !phases.some((other) => other.by === 'arrival' && other.transfers === phase.transfers),
    ).length;
  const { forward } = programs.model.plan('training');
  expect(unawaited(forward)).toBeGreaterThan(0);
  expect([unawaited(programs.phases.estimate), programs.phases.estimate.some(isExchange)]).toEqual([0, true]);
});
