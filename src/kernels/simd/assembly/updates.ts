import { storePair } from './columns';

/** Four floats' squares, added in float64 to the sums of their lanes. */
export function sumSquares(x: usize, length: i32, sums: usize): void {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const whole = <usize>(length & ~3) << 2;
  for (let i: usize = 0; i < whole; i += 16) {
    const v = v128.load(x + i);
    const first = f64x2.promote_low_f32x4(v);
    const second = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  let sum0 = f64x2.extract_lane(low, 0);
  let sum1 = f64x2.extract_lane(low, 1);
  let sum2 = f64x2.extract_lane(high, 0);
  const rest = length & 3;
  if (rest > 0) sum0 += square(x + whole);
  if (rest > 1) sum1 += square(x + whole + 4);
  if (rest > 2) sum2 += square(x + whole + 8);
  store<f64>(sums, sum0 + sum1 + sum2 + f64x2.extract_lane(high, 1));
}

@inline
function square(p: usize): f64 {
  const value = <f64>load<f32>(p);
  return value * value;
}

export function scale(x: usize, length: i32, factor: f32): void {
  const whole = <usize>(length & ~7) << 2;
  const factors = f32x4.splat(factor);
  for (let i: usize = 0; i < whole; i += 32)
    storePair(x + i, f32x4.mul(v128.load(x + i), factors), f32x4.mul(v128.load(x + i, 16), factors));
  for (let i = whole; i < <usize>length << 2; i += 4) store<f32>(x + i, load<f32>(x + i) * factor);
}

export function average(value: usize, length: i32, share: f32, mean: usize): void {
  const whole = <usize>(length & ~7) << 2;
  const shares = f32x4.splat(share);
  for (let i: usize = 0; i < whole; i += 32) {
    const m0 = v128.load(mean + i);
    const m1 = v128.load(mean + i, 16);
    const part0 = f32x4.mul(f32x4.sub(v128.load(value + i), m0), shares);
    const part1 = f32x4.mul(f32x4.sub(v128.load(value + i, 16), m1), shares);
    storePair(mean + i, f32x4.add(m0, part0), f32x4.add(m1, part1));
  }
  for (let i = whole; i < <usize>length << 2; i += 4) {
    const m = load<f32>(mean + i);
    store<f32>(mean + i, m + (load<f32>(value + i) - m) * share);
  }
}

export function sgd(
  parameter: usize,
  length: i32,
  gradient: usize,
  momentumBuffer: usize,
  learningRate: f32,
  momentum: f32,
  share: f32,
  weightDecay: f32,
  nesterov: bool,
  first: bool,
): void {
  const whole = <usize>(length & ~7) << 2;
  const decays = f32x4.splat(weightDecay);
  const momenta = f32x4.splat(momentum);
  const shares = f32x4.splat(share);
  const rates = f32x4.splat(learningRate);
  for (let i: usize = 0; i < whole; i += 32) {
    const value0 = v128.load(parameter + i);
    const value1 = v128.load(parameter + i, 16);
    let direction0 = v128.load(gradient + i);
    let direction1 = v128.load(gradient + i, 16);
    if (weightDecay != 0) {
      direction0 = f32x4.add(direction0, f32x4.mul(value0, decays));
      direction1 = f32x4.add(direction1, f32x4.mul(value1, decays));
    }
    if (momentumBuffer) {
      let velocity0 = direction0;
      let velocity1 = direction1;
      if (!first) {
        const kept0 = f32x4.mul(v128.load(momentumBuffer + i), momenta);
        const kept1 = f32x4.mul(v128.load(momentumBuffer + i, 16), momenta);
        velocity0 = f32x4.add(kept0, f32x4.mul(direction0, shares));
        velocity1 = f32x4.add(kept1, f32x4.mul(direction1, shares));
      }
      storePair(momentumBuffer + i, velocity0, velocity1);
      direction0 = nesterov ? f32x4.add(direction0, f32x4.mul(velocity0, momenta)) : velocity0;
      direction1 = nesterov ? f32x4.add(direction1, f32x4.mul(velocity1, momenta)) : velocity1;
    }
    const step0 = f32x4.mul(direction0, rates);
    const step1 = f32x4.mul(direction1, rates);
    storePair(parameter + i, f32x4.sub(value0, step0), f32x4.sub(value1, step1));
  }
  for (let i = whole; i < <usize>length << 2; i += 4) {
    const value = load<f32>(parameter + i);
    let direction = load<f32>(gradient + i);
    if (weightDecay != 0) direction += value * weightDecay;
    if (momentumBuffer) {
      let velocity = direction;
      if (!first) velocity = load<f32>(momentumBuffer + i) * momentum + direction * share;
      store<f32>(momentumBuffer + i, velocity);
      direction = nesterov ? direction + velocity * momentum : velocity;
    }
    store<f32>(parameter + i, value - direction * learningRate);
  }
}

export function adam(
  parameter: usize,
  length: i32,
  gradient: usize,
  expAvg: usize,
  expAvgSq: usize,
  beta1: f32,
  share1: f32,
  beta2: f32,
  share2: f32,
  eps: f32,
  stepSize: f32,
  correction: f32,
  weightDecay: f32,
  keep: f32,
): void {
  const whole = <usize>(length & ~7) << 2;
  const kept = f32x4.splat(keep);
  const decays = f32x4.splat(weightDecay);
  const betas1 = f32x4.splat(beta1);
  const shares1 = f32x4.splat(share1);
  const betas2 = f32x4.splat(beta2);
  const shares2 = f32x4.splat(share2);
  const corrections = f32x4.splat(correction);
  const epsilons = f32x4.splat(eps);
  const stepSizes = f32x4.splat(stepSize);
  for (let i: usize = 0; i < whole; i += 32) {
    const value0 = f32x4.mul(v128.load(parameter + i), kept);
    const value1 = f32x4.mul(v128.load(parameter + i, 16), kept);
    const direction0 = f32x4.add(v128.load(gradient + i), f32x4.mul(value0, decays));
    const direction1 = f32x4.add(v128.load(gradient + i, 16), f32x4.mul(value1, decays));
    const keptMean0 = f32x4.mul(v128.load(expAvg + i), betas1);
    const keptMean1 = f32x4.mul(v128.load(expAvg + i, 16), betas1);
    const mean0 = f32x4.add(keptMean0, f32x4.mul(direction0, shares1));
    const mean1 = f32x4.add(keptMean1, f32x4.mul(direction1, shares1));
    storePair(expAvg + i, mean0, mean1);
    const keptSquare0 = f32x4.mul(v128.load(expAvgSq + i), betas2);
    const keptSquare1 = f32x4.mul(v128.load(expAvgSq + i, 16), betas2);
    const square0 = f32x4.add(keptSquare0, f32x4.mul(f32x4.mul(direction0, shares2), direction0));
    const square1 = f32x4.add(keptSquare1, f32x4.mul(f32x4.mul(direction1, shares2), direction1));
    storePair(expAvgSq + i, square0, square1);
    const denominator0 = f32x4.add(f32x4.div(f32x4.sqrt(square0), corrections), epsilons);
    const denominator1 = f32x4.add(f32x4.div(f32x4.sqrt(square1), corrections), epsilons);
    const step0 = f32x4.mul(stepSizes, f32x4.div(mean0, denominator0));
    const step1 = f32x4.mul(stepSizes, f32x4.div(mean1, denominator1));
    storePair(parameter + i, f32x4.sub(value0, step0), f32x4.sub(value1, step1));
  }
  for (let i = whole; i < <usize>length << 2; i += 4) {
    const value = load<f32>(parameter + i) * keep;
    const direction = load<f32>(gradient + i) + value * weightDecay;
    const mean = load<f32>(expAvg + i) * beta1 + direction * share1;
    store<f32>(expAvg + i, mean);
    const square = load<f32>(expAvgSq + i) * beta2 + direction * share2 * direction;
    store<f32>(expAvgSq + i, square);
    store<f32>(parameter + i, value - stepSize * (mean / (sqrt<f32>(square) / correction + eps)));
  }
}

export function rmsprop(
  parameter: usize,
  length: i32,
  gradient: usize,
  squareAvg: usize,
  momentumBuffer: usize,
  gradAvg: usize,
  learningRate: f32,
  alpha: f32,
  share: f32,
  eps: f32,
  momentum: f32,
  weightDecay: f32,
): void {
  const whole = <usize>(length & ~7) << 2;
  const decays = f32x4.splat(weightDecay);
  const shares = f32x4.splat(share);
  const alphas = f32x4.splat(alpha);
  const epsilons = f32x4.splat(eps);
  const momenta = f32x4.splat(momentum);
  const rates = f32x4.splat(learningRate);
  for (let i: usize = 0; i < whole; i += 32) {
    const value0 = v128.load(parameter + i);
    const value1 = v128.load(parameter + i, 16);
    const direction0 = f32x4.add(v128.load(gradient + i), f32x4.mul(value0, decays));
    const direction1 = f32x4.add(v128.load(gradient + i, 16), f32x4.mul(value1, decays));
    const part0 = f32x4.mul(direction0, shares);
    const part1 = f32x4.mul(direction1, shares);
    const keptSquare0 = f32x4.mul(v128.load(squareAvg + i), alphas);
    const keptSquare1 = f32x4.mul(v128.load(squareAvg + i, 16), alphas);
    let square0 = f32x4.add(keptSquare0, f32x4.mul(part0, direction0));
    let square1 = f32x4.add(keptSquare1, f32x4.mul(part1, direction1));
    storePair(squareAvg + i, square0, square1);
    if (gradAvg) {
      const mean0 = f32x4.add(f32x4.mul(v128.load(gradAvg + i), alphas), part0);
      const mean1 = f32x4.add(f32x4.mul(v128.load(gradAvg + i, 16), alphas), part1);
      storePair(gradAvg + i, mean0, mean1);
      square0 = f32x4.max(f32x4.sub(square0, f32x4.mul(mean0, mean0)), f32x4.splat(0));
      square1 = f32x4.max(f32x4.sub(square1, f32x4.mul(mean1, mean1)), f32x4.splat(0));
    }
    let step0 = f32x4.div(direction0, f32x4.add(f32x4.sqrt(square0), epsilons));
    let step1 = f32x4.div(direction1, f32x4.add(f32x4.sqrt(square1), epsilons));
    if (momentumBuffer) {
      step0 = f32x4.add(f32x4.mul(v128.load(momentumBuffer + i), momenta), step0);
      step1 = f32x4.add(f32x4.mul(v128.load(momentumBuffer + i, 16), momenta), step1);
      storePair(momentumBuffer + i, step0, step1);
    }
    storePair(parameter + i, f32x4.sub(value0, f32x4.mul(step0, rates)), f32x4.sub(value1, f32x4.mul(step1, rates)));
  }
  for (let i = whole; i < <usize>length << 2; i += 4) {
    const value = load<f32>(parameter + i);
    const direction = load<f32>(gradient + i) + value * weightDecay;
    const part = direction * share;
    let square = load<f32>(squareAvg + i) * alpha + part * direction;
    store<f32>(squareAvg + i, square);
    if (gradAvg) {
      const mean = load<f32>(gradAvg + i) * alpha + part;
      store<f32>(gradAvg + i, mean);
      square = max<f32>(square - mean * mean, 0);
    }
    let step = direction / (sqrt<f32>(square) + eps);
    if (momentumBuffer) {
      step = load<f32>(momentumBuffer + i) * momentum + step;
      store<f32>(momentumBuffer + i, step);
    }
    store<f32>(parameter + i, value - step * learningRate);
  }
}
