import { G1, G3, G3_SLOPE } from '../coefficients.js';
import type { ActivationKernels } from '../contract/activations.js';
import { exp, normalCdf, normalPdf, tanh } from './functions.js';

const { fround } = Math;

const between0And6 = (x: number) => Math.min(Math.max(x, 0), 6);

const logistic = (x: number) => fround(1 / fround(1 + exp(-x)));

/** v of geluTanh, and its slope with the other coefficient. */
const geluArgument = (x: number) => fround(x * geluFactor(x, G3));
const geluFactor = (x: number, cubic: number) => fround(fround(G1) + fround(fround(cubic) * fround(x * x)));

/** Four sums, of every fourth of the terms, added up. */
function sum(count: number, term: (i: number) => number): number {
  const lanes = new Float64Array(4);
  for (let i = 0; i < count; i++) lanes[i % 4] += term(i);
  return fround(lanes[0] + lanes[1] + (lanes[2] + lanes[3]));
}

export const activationKernels: ActivationKernels = {
  leakyRelu(x, slope, y) {
    const rounded = fround(slope);
    for (let i = 0; i < x.length; i++) y[i] = x[i] > 0 ? x[i] : x[i] * rounded;
  },

  leakyReluBackward(x, slope, dy, dx) {
    const rounded = fround(slope);
    for (let i = 0; i < x.length; i++) dx[i] = x[i] > 0 ? dy[i] : dy[i] * rounded;
  },

  relu6(x, y) {
    for (let i = 0; i < x.length; i++) y[i] = between0And6(x[i]);
  },

  relu6Backward(y, dy, dx) {
    for (let i = 0; i < y.length; i++) dx[i] = y[i] <= 0 || y[i] >= 6 ? 0 : dy[i];
  },

  hardsigmoid(x, y) {
    for (let i = 0; i < x.length; i++) y[i] = between0And6(fround(x[i] + 3)) / 6;
  },

  hardsigmoidBackward(x, dy, dx) {
    for (let i = 0; i < x.length; i++) dx[i] = x[i] > -3 && x[i] < 3 ? dy[i] * fround(1 / 6) : 0;
  },

  hardswish(x, y) {
    for (let i = 0; i < x.length; i++) y[i] = fround(x[i] * between0And6(fround(x[i] + 3))) / 6;
  },

  hardswishBackward(x, dy, dx) {
    for (let i = 0; i < x.length; i++)
      dx[i] = x[i] < -3 ? 0 : x[i] >= 3 ? dy[i] : dy[i] * fround(fround(x[i] / 3) + 0.5);
  },

  sigmoid(x, y) {
    for (let i = 0; i < x.length; i++) y[i] = logistic(x[i]);
  },

  sigmoidBackward(y, dy, dx) {
    for (let i = 0; i < y.length; i++) dx[i] = dy[i] * fround(fround(1 - y[i]) * y[i]);
  },

  tanh(x, y) {
    for (let i = 0; i < x.length; i++) y[i] = tanh(x[i]);
  },

  tanhBackward(y, dy, dx) {
    for (let i = 0; i < y.length; i++) dx[i] = dy[i] * fround(1 - fround(y[i] * y[i]));
  },

  silu(x, y) {
    for (let i = 0; i < x.length; i++) y[i] = x[i] / fround(1 + exp(-x[i]));
  },

  siluBackward(x, dy, dx) {
    for (let i = 0; i < x.length; i++) {
      const s = logistic(x[i]);
      dx[i] = dy[i] * fround(s * fround(1 + fround(x[i] * fround(1 - s))));
    }
  },

  gelu(x, y) {
    for (let i = 0; i < x.length; i++) y[i] = x[i] * normalCdf(x[i]);
  },

  geluBackward(x, dy, dx) {
    for (let i = 0; i < x.length; i++) dx[i] = dy[i] * fround(normalCdf(x[i]) + fround(x[i] * normalPdf(x[i])));
  },

  geluTanh(x, y) {
    for (let i = 0; i < x.length; i++) y[i] = x[i] / fround(1 + exp(-geluArgument(x[i])));
  },

  geluTanhBackward(x, dy, dx) {
    for (let i = 0; i < x.length; i++) {
      const s = logistic(geluArgument(x[i]));
      const slope = fround(fround(s * fround(1 - s)) * geluFactor(x[i], G3_SLOPE));
      dx[i] = dy[i] * fround(s + fround(x[i] * slope));
    }
  },

  softmax(x, rows, channels, y) {
    for (let row = 0; row < rows * channels; row += channels) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < channels; c++) if (x[row + c] > largest) largest = x[row + c];
      for (let c = 0; c < channels; c++) y[row + c] = exp(fround(x[row + c] - largest));
      const total = sum(channels, (c) => y[row + c]);
      for (let c = 0; c < channels; c++) y[row + c] /= total;
    }
  },

  softmaxBackward(y, dy, rows, channels, dx) {
    for (let row = 0; row < rows * channels; row += channels) {
      const shared = sum(channels, (c) => fround(dy[row + c] * y[row + c]));
      for (let c = 0; c < channels; c++) dx[row + c] = y[row + c] * fround(dy[row + c] - shared);
    }
  },
};
