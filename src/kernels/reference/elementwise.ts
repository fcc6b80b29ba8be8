import { type HashKey, hash } from '../../tensor/random.js';
import type { SgdUpdate } from '../kernels.js';

const { fround } = Math;

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

export function sumSlots(slots: Float32Array, count: number, stride: number, output: Float32Array): void {
  for (let i = 0; i < output.length; i++) {
    let sum = slots[i];
    for (let slot = 1; slot < count; slot++) sum = fround(sum + slots[slot * stride + i]);
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
