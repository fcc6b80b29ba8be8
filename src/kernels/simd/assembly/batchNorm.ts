import { loadColumns, storePair } from './columns';
import { fetchRows } from './fetch';

// Rows of so many bytes are taken at a time, eight channels of each with their coefficients in registers, while all are in the cache.
const BLOCK: usize = 8192;

@inline
function rowsOfBlock(stride: usize): i32 {
  return <i32>max(2, min(16, BLOCK / stride));
}

/** (x − center)·scale + shift of four channels. */
@inline
export function mapped(x: v128, center: v128, scale: v128, shift: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.sub(x, center), scale), shift);
}

/** The same with those at `center`; scale and shift lie so many bytes behind. */
@inline
export function affine(x: v128, center: usize, stride: usize): v128 {
  return mapped(x, v128.load(center), v128.load(center + stride), v128.load(center + 2 * stride));
}

/** The same of the next four, the second of a pair: V8 knows one by the constant offset. */
@inline
export function affineNext(x: v128, center: usize, stride: usize): v128 {
  return mapped(x, v128.load(center, 16), v128.load(center + stride, 16), v128.load(center + 2 * stride, 16));
}

/** The same of the first `valid` of four channels at x. */
@inline
export function affineColumns(x: usize, center: usize, stride: usize, valid: i32): v128 {
  const scale = loadColumns(center + stride, valid);
  const shift = loadColumns(center + 2 * stride, valid);
  return mapped(loadColumns(x, valid), loadColumns(center, valid), scale, shift);
}

/** The larger of v and a floor that is not NaN: what f32x4.max gives, also for NaN and −0, in fewer instructions. */
@inline
export function floored(v: v128, floor: v128): v128 {
  return v128.bitselect(floor, v, f32x4.le(v, floor));
}

/** That, and no more than a ceiling: NaN stays. */
@inline
export function bounded(v: v128, floor: v128, ceiling: v128): v128 {
  return f32x4.pmin(floored(v, floor), ceiling);
}

/** Callers say by constants whether there are a residual and bounds, so that a loop without them does not pay for them. */
@inline
function scaleShiftRows(
  x: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  center: usize,
  hasResidual: bool,
  residual: usize,
  hasBounds: bool,
  floor: f32,
  ceiling: f32,
  y: usize,
): void {
  const rowBytes = <usize>columns << 2;
  const scale = center + stride;
  const shift = scale + stride;
  const lowest = f32x4.splat(floor);
  const highest = f32x4.splat(ceiling);
  const most = rowsOfBlock(stride);
  const step = stride * most;
  for (let left = rows; left > 0; left -= most, x += step, residual += step, y += step) {
    const count = min(most, left);
    const end = <usize>count * stride;
    fetchRows(x, count, rowBytes, stride);
    if (hasResidual) fetchRows(residual, count, rowBytes, stride);
    if (y !== x) fetchRows(y, count, rowBytes, stride);
    let c: usize = 0;
    for (; c + 32 <= rowBytes; c += 32) {
      const center0 = v128.load(center + c);
      const center1 = v128.load(center + c, 16);
      const scale0 = v128.load(scale + c);
      const scale1 = v128.load(scale + c, 16);
      const shift0 = v128.load(shift + c);
      const shift1 = v128.load(shift + c, 16);
      for (let i = c; i < end; i += stride) {
        let y0 = mapped(v128.load(x + i), center0, scale0, shift0);
        let y1 = mapped(v128.load(x + i, 16), center1, scale1, shift1);
        if (hasResidual) {
          y0 = f32x4.add(y0, v128.load(residual + i));
          y1 = f32x4.add(y1, v128.load(residual + i, 16));
        }
        if (hasBounds) {
          y0 = bounded(y0, lowest, highest);
          y1 = bounded(y1, lowest, highest);
        }
        storePair(y + i, y0, y1);
      }
    }
    for (; c < rowBytes; c += 4) {
      for (let i = c; i < end; i += stride) {
        let value = (load<f32>(x + i) - load<f32>(center + c)) * load<f32>(scale + c) + load<f32>(shift + c);
        if (hasResidual) value += load<f32>(residual + i);
        store<f32>(y + i, hasBounds ? min(max(value, floor), ceiling) : value);
      }
    }
  }
}

export function scaleShift(
  x: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  center: usize,
  floor: f32,
  ceiling: f32,
  y: usize,
): void {
  if (floor === -Infinity && ceiling === Infinity)
    scaleShiftRows(x, rows, columns, stride, center, false, 0, false, floor, ceiling, y);
  else scaleShiftRows(x, rows, columns, stride, center, false, 0, true, floor, ceiling, y);
}

export function scaleShiftAdd(
  x: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  center: usize,
  residual: usize,
  floor: f32,
  y: usize,
): void {
  scaleShiftRows(x, rows, columns, stride, center, true, residual, true, floor, Infinity, y);
}

/** Four channels of batchNormBackward. `factors` has the mask or 1, `threshold` the x down from which it makes 0 of a gradient:
 * NaN, which nothing reaches, without a mask. */
@inline
export function inputGradient(
  x: v128,
  dy: v128,
  center: v128,
  a: v128,
  b: v128,
  d: v128,
  factors: v128,
  threshold: v128,
): v128 {
  const local = f32x4.mul(b, f32x4.sub(x, center));
  const gradient = f32x4.add(f32x4.add(f32x4.mul(a, dy), d), local);
  return v128.andnot(f32x4.mul(gradient, factors), f32x4.le(x, threshold));
}

export function batchNormBackward(
  dy: usize,
  x: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  center: usize,
  mask: f32,
  dx: usize,
): void {
  const rowBytes = <usize>columns << 2;
  const a = center + stride;
  const b = a + stride;
  const d = b + stride;
  const factor: f32 = mask === 0 ? 1 : mask;
  const threshold: f32 = mask === 0 ? NaN : 0;
  const factors = f32x4.splat(factor);
  const thresholds = f32x4.splat(threshold);
  const most = rowsOfBlock(stride);
  const step = stride * most;
  for (let left = rows; left > 0; left -= most, dy += step, x += step, dx += step) {
    const count = min(most, left);
    const end = <usize>count * stride;
    fetchRows(x, count, rowBytes, stride);
    fetchRows(dy, count, rowBytes, stride);
    if (dx !== dy) fetchRows(dx, count, rowBytes, stride);
    let c: usize = 0;
    for (; c + 32 <= rowBytes; c += 32) {
      const center0 = v128.load(center + c);
      const center1 = v128.load(center + c, 16);
      const a0 = v128.load(a + c);
      const a1 = v128.load(a + c, 16);
      const b0 = v128.load(b + c);
      const b1 = v128.load(b + c, 16);
      const d0 = v128.load(d + c);
      const d1 = v128.load(d + c, 16);
      for (let i = c; i < end; i += stride) {
        const dx0 = inputGradient(v128.load(x + i), v128.load(dy + i), center0, a0, b0, d0, factors, thresholds);
        const dx1 = inputGradient(v128.load(x + i, 16), v128.load(dy + i, 16), center1, a1, b1, d1, factors, thresholds);
        storePair(dx + i, dx0, dx1);
      }
    }
    for (; c < rowBytes; c += 4) {
      for (let i = c; i < end; i += stride) {
        const xs = load<f32>(x + i);
        const local = load<f32>(b + c) * (xs - load<f32>(center + c));
        const gradient = load<f32>(a + c) * load<f32>(dy + i) + load<f32>(d + c) + local;
        store<f32>(dx + i, xs <= threshold ? 0 : gradient * factor);
      }
    }
  }
}
