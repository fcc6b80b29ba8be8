import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { values } from '../support/kernelRoom.js';
import { backward, forward } from '../support/passes.js';
import { stateValues } from '../support/stateValues.js';

const [SAMPLES, CHANNELS, PIXELS] = [20, 8, 14 * 14];
const EPS = 1e-5;

/** Normal numbers. Box and Muller, 1958. */
function normal(length: number, stream: number): Float64Array {
  const [u, v] = [stream, stream + 1].map((each) => values(length, each).map((value) => (value + 2) / 4));
  return Float64Array.from(u, (value, i) => Math.sqrt(-2 * Math.log(1 - value)) * Math.cos(2 * Math.PI * v[i]));
}

/** What each channel's numbers sum to, in float64. */
const channelSums = (length: number, term: (element: number) => number) => {
  const sums = new Float64Array(CHANNELS);
  for (let i = 0; i < length; i++) sums[channelOf(i)] += term(i);
  return sums;
};

const channelOf = (element: number) => Math.floor(element / PIXELS) % CHANNELS;

/** A training pass both ways in float64, by the formulas alone. */
function exact(x: Float32Array, dy: Float32Array) {
  const count = SAMPLES * PIXELS;
  const sums = (term: (i: number) => number) => channelSums(x.length, term);
  const rough = sums((i) => x[i]).map((sum) => sum / count);
  const rest = sums((i) => x[i] - rough[channelOf(i)]);
  const mean = rough.map((value, c) => value + rest[c] / count);
  const variance = sums((i) => (x[i] - mean[channelOf(i)]) ** 2).map((sum) => sum / count);
  const inverse = variance.map((value) => 1 / Math.sqrt(value + EPS));
  const y = Float64Array.from(x, (value, i) => (value - mean[channelOf(i)]) * inverse[channelOf(i)]);
  const [dBias, dWeight] = [sums((i) => dy[i]), sums((i) => dy[i] * y[i])];
  const dx = Float64Array.from(dy, (value, i) => {
    const c = channelOf(i);
    return inverse[c] * (value - dBias[c] / count - (y[i] * dWeight[c]) / count);
  });
  return { y, dx, dWeight, dBias, runningVar: variance.map((value) => 0.9 + (0.1 * value * count) / (count - 1)) };
}

const largest = (array: ArrayLike<number>) =>
  Array.from(array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

const error = (found: ArrayLike<number>, wanted: Float64Array) => largest(wanted.map((value, i) => found[i] - value));

// The largest errors of PyTorch 1.13 with normal numbers of this shape: of y; of the running variance and of the gradients
// of input and weight in relation to their largest. The upstream gradient is of normal numbers about `upstream`.
const torch = [
  { mean: 0, deviation: 1, upstream: 0, y: 3e-7, runningVar: 5e-8, dx: 1e-7, dWeight: 2e-7 },
  { mean: 100, deviation: 1, upstream: 0, y: 6e-6, runningVar: 5e-8, dx: 1.6e-7, dWeight: 5e-6 },
  { mean: 300, deviation: 1, upstream: 0, y: 2e-5, runningVar: 5e-8, dx: 3e-7, dWeight: 1e-5 },
  { mean: 1000, deviation: 1, upstream: 0, y: 4e-5, runningVar: 6e-8, dx: 5e-7, dWeight: 2e-5 },
  { mean: 3000, deviation: 1, upstream: 0, y: 2e-4, runningVar: 7e-8, dx: 2e-6, dWeight: 5e-5 },
  { mean: 10000, deviation: 1, upstream: 0, y: 5e-4, runningVar: 5e-8, dx: 6e-6, dWeight: 1.4e-4 },
  { mean: 1e6, deviation: 1, upstream: 0, y: 4e-2, runningVar: 6e-5, dx: 4e-4, dWeight: 7e-3 },
  { mean: -200, deviation: 0.1, upstream: 0, y: 1e-4, runningVar: 5e-8, dx: 1e-6, dWeight: 6e-5 },
  { mean: 0, deviation: 1, upstream: 1000, y: 3e-7, runningVar: 5e-8, dx: 1.2e-5, dWeight: 4.7e-4 },
];

describe.each(['reference', 'simd'] as const)('BatchNorm2d with the kernels %s', (kernels) => {
  it.each(torch)(
    'is within twice PyTorch’s error of float64 at a mean of $mean, a deviation of $deviation and a mean upstream gradient of $upstream: twice $y of y, $runningVar of the running variance, $dx of dx, $dWeight of dWeight',
    (torch) => {
      const length = SAMPLES * CHANNELS * PIXELS;
      const x = Float32Array.from(normal(length, 1), (value) => torch.mean + torch.deviation * value);
      const dy = Float32Array.from(normal(length, 3), (value) => torch.upstream + value);
      const model = new Model(new Sequential({ norm: new BatchNorm2d(CHANNELS) }), {
        inputShape: [CHANNELS, 14, 14],
        batchSize: SAMPLES,
        inputGradient: true,
        kernels,
      });
      const wanted = exact(x, dy);
      expect(error(forward(model, x), wanted.y)).toBeLessThanOrEqual(2 * torch.y);
      const runningVar = stateValues(model, 'norm.running_var').map((value, c) => value / wanted.runningVar[c] - 1);
      expect(largest(runningVar)).toBeLessThanOrEqual(2 * torch.runningVar);
      expect(error(backward(model, dy), wanted.dx) / largest(wanted.dx)).toBeLessThanOrEqual(2 * torch.dx);
      const [weight, bias] = model.parameters;
      expect(error(weight.gradient, wanted.dWeight) / largest(wanted.dWeight)).toBeLessThanOrEqual(2 * torch.dWeight);
      expect(error(bias.gradient, wanted.dBias) / largest(wanted.dBias)).toBeLessThanOrEqual(1e-6);
    },
  );
});
