import { expNegative, logAboveOne } from '../../../tensor/transcendental';

export function softmaxCrossEntropy(
  logits: usize,
  rows: i32,
  classes: i32,
  targets: usize,
  labelSmoothing: f64,
  gradientScale: f64,
  losses: usize,
  dLogits: usize,
): void {
  const shared = labelSmoothing / <f64>classes;
  const rowBytes = (<usize>classes) << 2;
  for (let r = 0; r < rows; r++, logits += rowBytes, dLogits += rowBytes, targets += 4, losses += 8) {
    const target = (<usize>load<i32>(targets)) << 2;
    let largest = load<f32>(logits);
    for (let c: usize = 4; c < rowBytes; c += 4) {
      const logit = load<f32>(logits + c);
      if (logit > largest) largest = logit;
    }
    let sum: f64 = 0;
    for (let c: usize = 0; c < rowBytes; c += 4) sum += expNegative(<f64>load<f32>(logits + c) - <f64>largest);
    const logSum = logAboveOne(sum);
    let loss = logSum - (<f64>load<f32>(logits + target) - <f64>largest);
    if (labelSmoothing != 0) {
      let all: f64 = 0;
      for (let c: usize = 0; c < rowBytes; c += 4) all += logSum - (<f64>load<f32>(logits + c) - <f64>largest);
      loss = loss * (1 - labelSmoothing) + all * shared;
    }
    store<f64>(losses, loss);
    for (let c: usize = 0; c < rowBytes; c += 4) {
      const probability = expNegative(<f64>load<f32>(logits + c) - <f64>largest) / sum - shared;
      store<f32>(dLogits + c, <f32>((c === target ? probability - (1 - labelSmoothing) : probability) * gradientScale));
    }
  }
}
