import { loadColumns, storeColumns, storePair } from './columns';
import { high, low } from './columnSums';
import { exp } from './functions';

/** The largest number of a row that is no NaN, in all four lanes: pmax gives its first number where the second is NaN. */
@inline
function largest(x: usize, bytes: usize): v128 {
  const whole = bytes & ~15;
  let lanes = f32x4.splat(-Infinity);
  for (let c: usize = 0; c < whole; c += 16) lanes = f32x4.pmax(lanes, v128.load(x + c));
  for (let c = whole; c < bytes; c += 4) lanes = f32x4.pmax(lanes, v128.load32_splat(x + c));
  lanes = f32x4.pmax(lanes, i32x4.shuffle(lanes, lanes, 2, 3, 0, 1));
  return f32x4.pmax(lanes, i32x4.shuffle(lanes, lanes, 1, 0, 3, 2));
}

@inline
function sumOfLanes(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** The sum of a row's numbers, times those at `other` if that is not 0. */
@inline
function sum(x: usize, other: usize, bytes: usize): v128 {
  let first = f64x2.splat(0);
  let second = f64x2.splat(0);
  for (let c: usize = 0; c < bytes; c += 16) {
    const valid = <i32>((bytes - c) >> 2);
    let terms = loadColumns(x + c, valid);
    if (other) terms = f32x4.mul(terms, loadColumns(other + c, valid));
    first = f64x2.add(first, low(terms));
    second = f64x2.add(second, high(terms));
  }
  return f32x4.splat(<f32>(sumOfLanes(first) + sumOfLanes(second)));
}

export function softmax(x: usize, rows: i32, channels: i32, y: usize): void {
  const bytes = (<usize>channels) << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    const most = largest(x, bytes);
    let c: usize = 0;
    for (; c + 32 <= bytes; c += 32) {
      const y0 = exp(f32x4.sub(v128.load(x + c), most));
      const y1 = exp(f32x4.sub(v128.load(x + c, 16), most));
      storePair(y + c, y0, y1);
    }
    for (; c < bytes; c += 16) {
      const valid = <i32>((bytes - c) >> 2);
      storeColumns(y + c, exp(f32x4.sub(loadColumns(x + c, valid), most)), valid);
    }
    const total = sum(y, 0, bytes);
    c = 0;
    for (; c + 32 <= bytes; c += 32)
      storePair(y + c, f32x4.div(v128.load(y + c), total), f32x4.div(v128.load(y + c, 16), total));
    for (; c < bytes; c += 16) {
      const valid = <i32>((bytes - c) >> 2);
      storeColumns(y + c, f32x4.div(loadColumns(y + c, valid), total), valid);
    }
  }
}

export function softmaxBackward(y: usize, dy: usize, rows: i32, channels: i32, dx: usize): void {
  const bytes = (<usize>channels) << 2;
  for (let r = 0; r < rows; r++, y += bytes, dy += bytes, dx += bytes) {
    const shared = sum(dy, y, bytes);
    let c: usize = 0;
    for (; c + 32 <= bytes; c += 32) {
      const dx0 = f32x4.mul(v128.load(y + c), f32x4.sub(v128.load(dy + c), shared));
      const dx1 = f32x4.mul(v128.load(y + c, 16), f32x4.sub(v128.load(dy + c, 16), shared));
      storePair(dx + c, dx0, dx1);
    }
    for (; c < bytes; c += 16) {
      const valid = <i32>((bytes - c) >> 2);
      const difference = f32x4.sub(loadColumns(dy + c, valid), shared);
      storeColumns(dx + c, f32x4.mul(loadColumns(y + c, valid), difference), valid);
    }
  }
}
