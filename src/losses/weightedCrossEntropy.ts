import { type Activation, samplesOf } from '../layers/layer.js';
import { type Phase, perPart, perShard } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';
import { expNegative, logAboveOne } from '../tensor/transcendental.js';
import type { LossBatch } from './loss.js';

/** Of a CrossEntropyLoss. */
interface Settings {
  readonly weight?: readonly number[];
  readonly ignoreIndex?: number;
  readonly labelSmoothing: number;
}

/** Cross-entropy of rows of logits, of which a sample has one or, as an image, one for each pixel, and each of which counts as
 * much as its target's class. The gradient wants the sum of all weights, so that these come in a phase before. */
export function weightedCrossEntropy(
  { weight, ignoreIndex, labelSmoothing }: Settings,
  { shape, data, gradient }: Activation,
  { targets, losses, weights }: LossBatch,
): Phase[] {
  const [classes] = shape;
  const rows = sizeOf(shape) / classes;
  const classWeights = Float64Array.from({ length: classes }, (_, c) => weight?.[c] ?? 1);
  const weigh = perPart(1, (_, { samples }) => {
    weights.fill(0, 0, samples);
    for (let row = 0; row < samples * rows; row++)
      if (targets[row] !== ignoreIndex) weights[Math.floor(row / rows)] += classWeights[targets[row]];
  });
  const compute = perShard(({ first, count }, { samples, training }) => {
    const total = weights.subarray(0, samples).reduce((sum, one) => sum + one, 0);
    // Where nothing counts the mean is NaN, but no reason to move.
    const scale = total > 0 ? 1 / total : 0;
    const smoothing = training ? labelSmoothing : 0;
    losses.fill(0, first, first + count);
    samplesOf(gradient, sizeOf(shape), first, count).fill(0);
    for (let row = first * rows; row < (first + count) * rows; row++) {
      if (targets[row] === ignoreIndex) continue;
      const [x, dx] = [samplesOf(data, classes, row), samplesOf(gradient, classes, row)];
      losses[Math.floor(row / rows)] += crossEntropy(x, targets[row], classWeights, smoothing, scale, dx);
    }
  });
  return [weigh, compute];
}

/** Σc −q[c]·log softmax(logits)[c], where q[c] is weights[c]·smoothing / classes, and weights[target]·(1 − smoothing) more for
 * the target; its gradient is softmax(logits)·Σ q − q, times `scale`. */
function crossEntropy(
  logits: Float32Array,
  target: number,
  weights: Float64Array,
  smoothing: number,
  scale: number,
  gradient: Float32Array,
): number {
  const shared = smoothing / weights.length;
  const own = weights[target] * (1 - smoothing);
  let largest = logits[0];
  for (let c = 1; c < logits.length; c++) if (logits[c] > largest) largest = logits[c];
  let sum = 0;
  for (let c = 0; c < logits.length; c++) sum += expNegative(logits[c] - largest);
  const logSum = logAboveOne(sum);
  let [loss, all] = [own * (logSum - (logits[target] - largest)), own];
  for (let c = 0; c < logits.length && shared > 0; c++) {
    loss += shared * weights[c] * (logSum - (logits[c] - largest));
    all += shared * weights[c];
  }
  for (let c = 0; c < logits.length; c++) {
    const share = shared * weights[c] + (c === target ? own : 0);
    gradient[c] = ((expNegative(logits[c] - largest) / sum) * all - share) * scale;
  }
  return loss;
}
