import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import type { TensorSource } from '../../src/tensor/view.js';
import { values } from '../support/kernelRoom.js';
import { forward } from '../support/passes.js';
import { stateValues } from '../support/stateValues.js';
import { thrown } from '../support/thrown.js';

const [SAMPLES, CHANNELS, PIXELS] = [5, 3, 6];
const UNIT = 2 ** -24; // float32's relative rounding error

const build = (layer = new BatchNorm2d(CHANNELS), shards = 2) =>
  new Model(new Sequential({ norm: layer }), { inputShape: [CHANNELS, 2, 3], batchSize: SAMPLES, shards });

const stateOf = (model: Model, key: string) => stateValues(model, `norm.${key}`);

const batch = (stream: number) =>
  values(SAMPLES * CHANNELS * PIXELS, stream).map((value, i) => value + 3 * (i % 2) + 1);

/** A batch's values of one channel. */
const channel = (x: Float32Array, c: number) => Array.from(x).filter((_, i) => Math.floor(i / PIXELS) % CHANNELS === c);

function moments(x: readonly number[]) {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const squares = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const variance = squares / x.length;
  const largest = Math.max(...x.map((value) => Math.abs(value - mean)));
  // In a block of 16 the differences from its first number, 2·largest at most, are rounded once and summed with 14
  // roundings, their squares with two more: 15·2⁻²⁴·2·largest for the mean. The variance has the squares' 17·2⁻²⁴·(2·largest)²
  // and twice the mean's times that first number's distance from the mean, largest at most.
  const errors = { mean: 30 * UNIT * largest, variance: 128 * UNIT * largest ** 2 };
  return { mean, variance, unbiased: squares / (x.length - 1), errors };
}

describe('BatchNorm2d', () => {
  it('normalises by the whole batch’s mean and biased variance in training, within 5·2⁻²⁴·|y| and what the statistics are off', () => {
    const x = batch(1);
    const y = forward(build(), x);
    for (let c = 0; c < CHANNELS; c++) {
      const { mean, variance, errors } = moments(channel(x, c));
      const found = channel(y, c);
      for (const [i, value] of channel(x, c).entries()) {
        const y = (value - mean) / Math.sqrt(variance + 1e-5);
        // The difference from the center, the scale, their product, the shift and the sum are rounded once each, the center
        // by 2⁻²⁴·|mean|; half the variance's relative error is the scale's.
        const scale = 1 / Math.sqrt(variance + 1e-5);
        const rounding = 5 * UNIT * (Math.abs(y) + UNIT * Math.abs(mean) * scale);
        const statistics = errors.mean * scale + (Math.abs(y) * errors.variance) / (2 * variance);
        expect(Math.abs(found[i] - y)).toBeLessThanOrEqual(rounding + statistics);
      }
    }
  });

  it('keeps running statistics with the unbiased variance, within 30·2⁻²⁴ of the largest deviation and 128·2⁻²⁴ of its square a batch, and counts them', () => {
    for (const momentum of [0.1, 0.3, 1]) {
      const model = build(new BatchNorm2d(CHANNELS, { momentum }));
      const expected = { mean: [0, 0, 0], variance: [1, 1, 1] };
      const bounds = { mean: [0, 0, 0], variance: [0, 0, 0] };
      for (const stream of [1, 2, 3]) {
        forward(model, batch(stream));
        for (let c = 0; c < CHANNELS; c++) {
          const { mean, unbiased, errors } = moments(channel(batch(stream), c));
          expected.mean[c] += momentum * (mean - expected.mean[c]);
          expected.variance[c] += momentum * (unbiased - expected.variance[c]);
          // Stored as float32 each time; an earlier error shrinks by 1 − momentum. 30 values: 30/29 for the unbiased one.
          bounds.mean[c] += momentum * (errors.mean - bounds.mean[c]) + UNIT * Math.abs(expected.mean[c]);
          bounds.variance[c] +=
            momentum * ((30 / 29) * errors.variance - bounds.variance[c]) + UNIT * expected.variance[c];
        }
      }
      for (const [c, mean] of stateOf(model, 'running_mean').entries())
        expect(Math.abs(mean - expected.mean[c])).toBeLessThan(bounds.mean[c]);
      for (const [c, variance] of stateOf(model, 'running_var').entries())
        expect(Math.abs(variance - expected.variance[c])).toBeLessThan(bounds.variance[c]);
      expect(stateOf(model, 'num_batches_tracked')).toEqual([3]);
    }
  });

  it('uses and leaves its running statistics in eval, within 4·2⁻²⁴·(|(x − mean)·scale| + |bias|)', () => {
    const model = build();
    const given = {
      weight: [1.5, -0.5, 2],
      bias: [0.1, -3, 0],
      running_mean: [0.5, -1, 20],
      running_var: [0.25, 3, 1e-6],
    };
    const entries = Object.entries(given).map(([key, data]): [string, TensorSource] => [
      `norm.${key}`,
      { shape: [3], data },
    ]);
    model.loadStateDict(new Map<string, TensorSource>([...model.stateDict(), ...entries]));
    const x = batch(4);
    const y = forward(model.eval(), x);
    for (let c = 0; c < CHANNELS; c++) {
      const found = channel(y, c);
      const [weight, bias, mean, variance] = Object.values(given).map((data) => Math.fround(data[c]));
      const scale = weight / Math.sqrt(variance + 1e-5);
      for (const [i, value] of channel(x, c).entries()) {
        // The difference, the scale, their product and the sum are rounded.
        const bound = 4 * UNIT * (Math.abs((value - mean) * scale) + Math.abs(bias));
        expect(Math.abs(found[i] - ((value - mean) * scale + bias))).toBeLessThanOrEqual(bound);
      }
    }
    for (const [key, data] of Object.entries(given)) expect(stateOf(model, key)).toEqual(data.map(Math.fround));
    expect(stateOf(model, 'num_batches_tracked')).toEqual([0]);
  });

  it('has the same statistics however the batch is sharded, within what both sums are off', () => {
    const [one, many] = [build(undefined, 1), build(undefined, 5)];
    for (const model of [one, many]) forward(model, batch(1));
    for (const [key, moment] of [
      ['running_mean', 'mean'],
      ['running_var', 'variance'],
    ] as const)
      for (const [c, value] of stateOf(one, key).entries()) {
        // A tenth of each batch's statistics goes in, the variance times 30/29; what results is rounded once.
        const bound = 0.2 * (30 / 29) * moments(channel(batch(1), c)).errors[moment] + 2 * UNIT * Math.abs(value);
        expect(Math.abs(stateOf(many, key)[c] - value)).toBeLessThanOrEqual(bound);
      }
  });

  it('puts out its bias, 0 at first, for constant channels', () => {
    const y = forward(build(), new Float32Array(SAMPLES * CHANNELS * PIXELS).fill(0.5));
    expect(Math.max(...y.map(Math.abs))).toBe(0);
  });

  it('refuses a batch with one value a channel in training, as PyTorch does, and takes it in eval', () => {
    const model = new Model(new Sequential({ norm: new BatchNorm2d(2) }), { inputShape: [2, 1, 1], batchSize: 3 });
    expect(thrown(() => forward(model, new Float32Array([1, 2])))).toMatch(/^SHAPE: .*more than one value per channel/);
    expect(thrown(() => forward(model, new Float32Array([1, 2, 3, 4])))).toBe('nothing thrown');
    expect(forward(model.eval(), new Float32Array([1, 2])).length).toBe(2);
  });
});
