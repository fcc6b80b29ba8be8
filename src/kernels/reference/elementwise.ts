import { type HashKey, hash } from '../../tensor/random.js';
import type { AdamUpdate, SgdUpdate } from '../updates.js';

const { fround } = Math;

export function add(a: Float32Array, b: Float32Array, y: Float32Array): void {
  for (let i = 0; i < a.length; i++) y[i] = a[i] + b[i];
}

export function addRelu(a: Float32Array, b: Float32Array, y: Float32Array): void {
  add(a, b, y);
  relu(y, y);
}

export function multiply(a: Float32Array, b: Float32Array, y: Float32Array): void {
  for (let i = 0; i < a.length; i++) y[i] = a[i] * b[i];
}

export function relu(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) y[i] = Math.max(x[i], 0);
}

export function reluBackward(y: Float32Array, dy: Float32Array, dx: Float32Array): void {
  for (let i = 0; i < y.length; i++) dx[i] = y[i] <= 0 ? 0 : dy[i];
}

export function dropout(x: Float32Array, y: Float32Array, key: HashKey, threshold: number, scale: number): void {
  const factor = fround(scale);
  for (let i = 0; i < x.length; i++) y[i] = hash(key, i) >= threshold ? x[i] * factor : 0;
}

export function sumShards(gradients: Float32Array, count: number, stride: number, output: Float32Array): void {
  for (let i = 0; i < output.length; i++) {
    let sum = gradients[i];
    for (let shard = 1; shard < count; shard++) sum = fround(sum + gradients[shard * stride + i]);
    output[i] = sum;
  }
}

export function sgd(
  parameter: Float32Array,
  gradient: Float32Array,
  momentumBuffer: Float32Array | undefined,
  update: SgdUpdate,
): void {
  const { nesterov, first } = update;
  const [learningRate, momentum, weightDecay] = [update.learningRate, update.momentum, update.weightDecay].map(fround);
  const share = fround(1 - update.dampening);
  for (let i = 0; i < parameter.length; i++) {
    let direction = gradient[i];
    if (weightDecay !== 0) direction = fround(direction + fround(parameter[i] * weightDecay));
    if (momentumBuffer) {
      const velocity = first ? direction : fround(fround(momentumBuffer[i] * momentum) + fround(direction * share));
      momentumBuffer[i] = velocity;
      direction = nesterov ? fround(direction + fround(velocity * momentum)) : velocity;
    }
    parameter[i] = fround(parameter[i] - fround(direction * learningRate));
  }
}

export function sumSquares(x: Float32Array, sums: Float64Array): void {
  const lanes = new Float64Array(4);
  for (let i = 0; i < x.length; i++) lanes[i % 4] += x[i] * x[i];
  sums[0] = lanes[0] + lanes[1] + lanes[2] + lanes[3];
}

export function scale(x: Float32Array, factor: number): void {
  const rounded = fround(factor);
  for (let i = 0; i < x.length; i++) x[i] *= rounded;
}

export function average(value: Float32Array, share: number, average: Float32Array): void {
  const rounded = fround(share);
  for (let i = 0; i < value.length; i++)
    average[i] = fround(average[i] + fround(fround(value[i] - average[i]) * rounded));
}

export function adam(
  parameter: Float32Array,
  gradient: Float32Array,
  expAvg: Float32Array,
  expAvgSq: Float32Array,
  update: AdamUpdate,
): void {
  const [beta1, beta2, eps, stepSize] = [update.beta1, update.beta2, update.eps, update.stepSize].map(fround);
  const [correction, weightDecay, keep] = [update.correction, update.weightDecay, update.keep].map(fround);
  const [share1, share2] = [fround(1 - update.beta1), fround(1 - update.beta2)];
  for (let i = 0; i < parameter.length; i++) {
    const value = fround(parameter[i] * keep);
    const direction = fround(gradient[i] + fround(value * weightDecay));
    expAvg[i] = fround(fround(expAvg[i] * beta1) + fround(direction * share1));
    expAvgSq[i] = fround(fround(expAvgSq[i] * beta2) + fround(fround(direction * share2) * direction));
    const denominator = fround(fround(fround(Math.sqrt(expAvgSq[i])) / correction) + eps);
    parameter[i] = fround(value - fround(stepSize * fround(expAvg[i] / denominator)));
  }
}
