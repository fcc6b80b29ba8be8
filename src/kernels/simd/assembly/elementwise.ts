import { storeFour, storePair } from './columns';

const ADD = 0;
const ADD_RELU = 1;
const MULTIPLY = 2;
const MASK = 3;

/** b where a > 0 or a is NaN, else 0. */
@inline
function masked(a: v128, b: v128): v128 {
  return v128.andnot(b, f32x4.le(a, f32x4.splat(0)));
}

@inline
function combined(operation: i32, a: v128, b: v128): v128 {
  if (operation === MULTIPLY) return f32x4.mul(a, b);
  if (operation === MASK) return masked(a, b);
  const sum = f32x4.add(a, b);
  return operation === ADD_RELU ? masked(sum, sum) : sum;
}

@inline
function combine(operation: i32, a: usize, length: i32, b: usize, y: usize): void {
  const bytes = <usize>length << 2;
  let i: usize = 0;
  for (; i + 64 <= bytes; i += 64) {
    const y1 = combined(operation, v128.load(a + i, 16), v128.load(b + i, 16));
    const y0 = combined(operation, v128.load(a + i), v128.load(b + i));
    const y3 = combined(operation, v128.load(a + i, 48), v128.load(b + i, 48));
    const y2 = combined(operation, v128.load(a + i, 32), v128.load(b + i, 32));
    storeFour(y + i, y0, y1, y2, y3);
  }
  for (; i + 32 <= bytes; i += 32) {
    const y1 = combined(operation, v128.load(a + i, 16), v128.load(b + i, 16));
    const y0 = combined(operation, v128.load(a + i), v128.load(b + i));
    storePair(y + i, y0, y1);
  }
  for (; i < bytes; i += 4)
    v128.store_lane<f32>(y + i, combined(operation, v128.load32_splat(a + i), v128.load32_splat(b + i)), 0);
}

export function add(a: usize, length: i32, b: usize, y: usize): void {
  combine(ADD, a, length, b, y);
}

export function addRelu(a: usize, length: i32, b: usize, y: usize): void {
  combine(ADD_RELU, a, length, b, y);
}

export function multiply(a: usize, length: i32, b: usize, y: usize): void {
  combine(MULTIPLY, a, length, b, y);
}

export function relu(x: usize, length: i32, y: usize): void {
  combine(MASK, x, length, x, y);
}

export function reluColumns(y: usize, rows: i32, columns: i32, stride: usize): void {
  for (let r = 0; r < rows; r++, y += stride) combine(MASK, y, columns, y, y);
}

export function reluBackward(y: usize, length: i32, dy: usize, dx: usize): void {
  combine(MASK, y, length, dy, dx);
}

@inline
function hash(key0: u32, key1: u32, element: u32): u32 {
  let x = element + key0;
  x ^= x >>> 16;
  x *= 0x7feb352d;
  x ^= key1;
  x ^= x >>> 15;
  x *= 0x846ca68b;
  x ^= x >>> 16;
  return x;
}

/** Of four elements, to which the first half of the key has been added. */
@inline
function hashes(element: v128, key: v128): v128 {
  let x = v128.xor(element, i32x4.shr_u(element, 16));
  x = i32x4.mul(x, i32x4.splat(0x7feb352d));
  x = v128.xor(x, key);
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.mul(x, i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

export function dropout(
  x: usize,
  length: i32,
  y: usize,
  key0: u32,
  key1: u32,
  threshold: u32,
  scale: f32,
): void {
  const whole = length & ~7;
  const scales = f32x4.splat(scale);
  const thresholds = i32x4.splat(threshold);
  const key = i32x4.splat(key1);
  let element0 = i32x4.add(i32x4.splat(key0), i32x4(0, 1, 2, 3));
  let element1 = i32x4.add(i32x4.splat(key0), i32x4(4, 5, 6, 7));
  for (let i = 0; i < whole; i += 8) {
    const p = <usize>i << 2;
    const kept0 = i32x4.ge_u(hashes(element0, key), thresholds);
    const kept1 = i32x4.ge_u(hashes(element1, key), thresholds);
    const y0 = v128.and(f32x4.mul(v128.load(x + p), scales), kept0);
    const y1 = v128.and(f32x4.mul(v128.load(x + p, 16), scales), kept1);
    storePair(y + p, y0, y1);
    element0 = i32x4.add(element0, i32x4.splat(8));
    element1 = i32x4.add(element1, i32x4.splat(8));
  }
  for (let i = whole; i < length; i++) {
    const p = <usize>i << 2;
    store<f32>(y + p, hash(key0, key1, i) >= threshold ? load<f32>(x + p) * scale : 0);
  }
}

export function sumShards(gradients: usize, count: i32, stride: usize, output: usize, length: i32): void {
  const whole = <usize>(length & ~7) << 2;
  for (let i: usize = 0; i < whole; i += 32) {
    let p = gradients + i;
    let sum0 = v128.load(p);
    let sum1 = v128.load(p, 16);
    for (let shard = 1; shard < count; shard++) {
      p += stride;
      sum0 = f32x4.add(sum0, v128.load(p));
      sum1 = f32x4.add(sum1, v128.load(p, 16));
    }
    storePair(output + i, sum0, sum1);
  }
  for (let i = whole; i < <usize>length << 2; i += 4) {
    let p = gradients + i;
    let sum = load<f32>(p);
    for (let shard = 1; shard < count; shard++) {
      p += stride;
      sum += load<f32>(p);
    }
    store<f32>(output + i, sum);
  }
}
