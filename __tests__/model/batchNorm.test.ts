import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Model } from '../../src/model/model.js';
import { Sequential } from '../../src/model/sequential.js';
import type { TensorSource } from '../../src/tensor/view.js';
import { values } from '../support/kernelRoom.js';
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
  return { mean, variance: squares / x.length, unbiased: squares / (x.length - 1) };
}

describe('BatchNorm2d', () => {
  it('normalises by the whole batch’s mean and biased variance in training, within 4·2⁻²⁴·(|x·scale| + |shift|)', () => {
    const x = batch(1);
    const y = build().forward(x);
    for (let c = 0; c < CHANNELS; c++) {
      const { mean, variance } = moments(channel(x, c));
      const found = channel(y, c);
      for (const [i, value] of channel(x, c).entries()) {
        const [scale, shift] = [1 / Math.sqrt(variance + 1e-5), -mean / Math.sqrt(variance + 1e-5)];
        // Scale, shift, their product and the sum are rounded once each.
        const bound = 4 * UNIT * (Math.abs(value * scale) + Math.abs(shift));
        expect(Math.abs(found[i] - (value * scale + shift))).toBeLessThanOrEqual(bound);
      }
    }
  });

  it('keeps running statistics with the unbiased variance, within 4·2⁻²⁴, and counts its batches', () => {
    for (const momentum of [0.1, 0.3, 1]) {
      const model = build(new BatchNorm2d(CHANNELS, { momentum }));
      const expected = { mean: [0, 0, 0], variance: [1, 1, 1] };
      for (const stream of [1, 2, 3]) {
        model.forward(batch(stream));
        for (let c = 0; c < CHANNELS; c++) {
          const { mean, unbiased } = moments(channel(batch(stream), c));
          expected.mean[c] += momentum * (mean - expected.mean[c]);
          expected.variance[c] += momentum * (unbiased - expected.variance[c]);
        }
      }
      // Stored as float32 three times; an earlier rounding shrinks by 1 − momentum.
      for (const [c, mean] of stateOf(model, 'running_mean').entries())
        expect(Math.abs(mean / expected.mean[c] - 1)).toBeLessThan(4 * UNIT);
      for (const [c, variance] of stateOf(model, 'running_var').entries())
        expect(Math.abs(variance / expected.variance[c] - 1)).toBeLessThan(4 * UNIT);
      expect(stateOf(model, 'num_batches_tracked')).toEqual([3]);
    }
  });

  it('uses and leaves its running statistics in eval, within 4·2⁻²⁴·(|x·scale| + |shift|)', () => {
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
    const y = model.eval().forward(x);
    for (let c = 0; c < CHANNELS; c++) {
      const found = channel(y, c);
      const [weight, bias, mean, variance] = Object.values(given).map((data) => Math.fround(data[c]));
      const scale = weight / Math.sqrt(variance + 1e-5);
      const shift = bias - mean * scale;
      for (const [i, value] of channel(x, c).entries()) {
        const bound = 4 * UNIT * (Math.abs(value * scale) + Math.abs(shift));
        expect(Math.abs(found[i] - (value * scale + shift))).toBeLessThanOrEqual(bound);
      }
    }
    for (const [key, data] of Object.entries(given)) expect(stateOf(model, key)).toEqual(data.map(Math.fround));
    expect(stateOf(model, 'num_batches_tracked')).toEqual([0]);
  });

  it('has the same statistics however the batch is sharded, to a rounding of float32', () => {
    const [one, many] = [build(undefined, 1), build(undefined, 5)];
    for (const model of [one, many]) model.forward(batch(1));
    for (const key of ['running_mean', 'running_var'])
      for (const [c, value] of stateOf(one, key).entries())
        expect(Math.abs(stateOf(many, key)[c] / value - 1)).toBeLessThanOrEqual(2 * UNIT);
  });

  it('puts out its bias, 0 at first, for constant channels', () => {
    const y = build().forward(new Float32Array(SAMPLES * CHANNELS * PIXELS).fill(0.5));
    expect(Math.max(...y.map(Math.abs))).toBe(0);
  });

  it('refuses a batch with one value a channel in training, as PyTorch does, and takes it in eval', () => {
    const model = new Model(new Sequential({ norm: new BatchNorm2d(2) }), { inputShape: [2, 1, 1], batchSize: 3 });
    expect(thrown(() => model.forward([1, 2]))).toMatch(/^SHAPE: .*more than one value per channel/);
    expect(thrown(() => model.forward([1, 2, 3, 4]))).toBe('nothing thrown');
    expect(model.eval().forward([1, 2]).length).toBe(2);
  });
});
