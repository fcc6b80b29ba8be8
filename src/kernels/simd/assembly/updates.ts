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
  const whole = <usize>(length & ~3) << 2;
  const factors = f32x4.splat(factor);
  for (let i: usize = 0; i < whole; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), factors));
  for (let i = whole; i < <usize>length << 2; i += 4) store<f32>(x + i, load<f32>(x + i) * factor);
}

export function average(value: usize, length: i32, share: f32, mean: usize): void {
  const whole = <usize>(length & ~3) << 2;
  const shares = f32x4.splat(share);
  for (let i: usize = 0; i < whole; i += 16) {
    const m = v128.load(mean + i);
    v128.store(mean + i, f32x4.add(m, f32x4.mul(f32x4.sub(v128.load(value + i), m), shares)));
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
  const whole = <usize>(length & ~3) << 2;
  for (let i: usize = 0; i < whole; i += 16) {
    const value = v128.load(parameter + i);
    let direction = v128.load(gradient + i);
    if (weightDecay != 0) direction = f32x4.add(direction, f32x4.mul(value, f32x4.splat(weightDecay)));
    if (momentumBuffer) {
      let velocity = direction;
      if (!first) {
        const kept = f32x4.mul(v128.load(momentumBuffer + i), f32x4.splat(momentum));
        velocity = f32x4.add(kept, f32x4.mul(direction, f32x4.splat(share)));
      }
      v128.store(momentumBuffer + i, velocity);
      direction = nesterov ? f32x4.add(direction, f32x4.mul(velocity, f32x4.splat(momentum))) : velocity;
    }
    v128.store(parameter + i, f32x4.sub(value, f32x4.mul(direction, f32x4.splat(learningRate))));
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
  const whole = <usize>(length & ~3) << 2;
  for (let i: usize = 0; i < whole; i += 16) {
    const value = f32x4.mul(v128.load(parameter + i), f32x4.splat(keep));
    const direction = f32x4.add(v128.load(gradient + i), f32x4.mul(value, f32x4.splat(weightDecay)));
    const kept = f32x4.mul(v128.load(expAvg + i), f32x4.splat(beta1));
    const mean = f32x4.add(kept, f32x4.mul(direction, f32x4.splat(share1)));
    v128.store(expAvg + i, mean);
    const keptSquare = f32x4.mul(v128.load(expAvgSq + i), f32x4.splat(beta2));
    const square = f32x4.add(keptSquare, f32x4.mul(f32x4.mul(direction, f32x4.splat(share2)), direction));
    v128.store(expAvgSq + i, square);
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(square), f32x4.splat(correction)), f32x4.splat(eps));
    const step = f32x4.mul(f32x4.splat(stepSize), f32x4.div(mean, denominator));
    v128.store(parameter + i, f32x4.sub(value, step));
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
  const whole = <usize>(length & ~3) << 2;
  for (let i: usize = 0; i < whole; i += 16) {
    const value = v128.load(parameter + i);
    const direction = f32x4.add(v128.load(gradient + i), f32x4.mul(value, f32x4.splat(weightDecay)));
    const part = f32x4.mul(direction, f32x4.splat(share));
    let square = f32x4.add(f32x4.mul(v128.load(squareAvg + i), f32x4.splat(alpha)), f32x4.mul(part, direction));
    v128.store(squareAvg + i, square);
    if (gradAvg) {
      const mean = f32x4.add(f32x4.mul(v128.load(gradAvg + i), f32x4.splat(alpha)), part);
      v128.store(gradAvg + i, mean);
      square = f32x4.max(f32x4.sub(square, f32x4.mul(mean, mean)), f32x4.splat(0));
    }
    let step = f32x4.div(direction, f32x4.add(f32x4.sqrt(square), f32x4.splat(eps)));
    if (momentumBuffer) {
      step = f32x4.add(f32x4.mul(v128.load(momentumBuffer + i), f32x4.splat(momentum)), step);
      v128.store(momentumBuffer + i, step);
    }
    v128.store(parameter + i, f32x4.sub(value, f32x4.mul(step, f32x4.splat(learningRate))));
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
