import { expNegative, logAboveOne } from '../../tensor/transcendental.js';

export function softmaxCrossEntropy(
  logits: Float32Array,
  rows: number,
  classes: number,
  targets: Int32Array,
  labelSmoothing: number,
  gradientScale: number,
  losses: Float64Array,
  dLogits: Float32Array,
): void {
  const shared = labelSmoothing / classes;
  for (let r = 0; r < rows; r++) {
    const row = r * classes;
    let largest = logits[row];
    for (let c = 1; c < classes; c++) if (logits[row + c] > largest) largest = logits[row + c];
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += expNegative(logits[row + c] - largest);
    const logSum = logAboveOne(sum);
    losses[r] = logSum - (logits[row + targets[r]] - largest);
    if (labelSmoothing !== 0) {
      let all = 0;
      for (let c = 0; c < classes; c++) all += logSum - (logits[row + c] - largest);
      losses[r] = losses[r] * (1 - labelSmoothing) + all * shared;
    }
    for (let c = 0; c < classes; c++) {
      const probability = expNegative(logits[row + c] - largest) / sum - shared;
      dLogits[row + c] = (c === targets[r] ? probability - (1 - labelSmoothing) : probability) * gradientScale;
    }
  }
}
