import { loadColumns, storePair } from './columns';

/** (x − center)·scale + shift of four channels at `center`; scale and shift lie so many bytes behind. */
@inline
export function affine(x: v128, center: usize, stride: usize): v128 {
  const scaled = f32x4.mul(f32x4.sub(x, v128.load(center)), v128.load(center + stride));
  return f32x4.add(scaled, v128.load(center + 2 * stride));
}

/** The same of the next four, the second of a pair: V8 knows one by the constant offset. */
@inline
export function affineNext(x: v128, center: usize, stride: usize): v128 {
  const scaled = f32x4.mul(f32x4.sub(x, v128.load(center, 16)), v128.load(center + stride, 16));
  return f32x4.add(scaled, v128.load(center + 2 * stride, 16));
}

/** The same of the first `valid` of four channels at x. */
@inline
export function affineColumns(x: usize, center: usize, stride: usize, valid: i32): v128 {
  const difference = f32x4.sub(loadColumns(x, valid), loadColumns(center, valid));
  const scaled = f32x4.mul(difference, loadColumns(center + stride, valid));
  return f32x4.add(scaled, loadColumns(center + 2 * stride, valid));
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
  for (let r = 0; r < rows; r++, x += stride, residual += stride, y += stride) {
    let c: usize = 0;
    for (; c + 32 <= rowBytes; c += 32) {
      const y0 = affine(v128.load(x + c), center + c, stride);
      const y1 = affineNext(v128.load(x + c, 16), center + c, stride);
      const sum0 = hasResidual ? f32x4.add(y0, v128.load(residual + c)) : y0;
      const sum1 = hasResidual ? f32x4.add(y1, v128.load(residual + c, 16)) : y1;
      const z0 = hasBounds ? bounded(sum0, lowest, highest) : sum0;
      const z1 = hasBounds ? bounded(sum1, lowest, highest) : sum1;
      storePair(y + c, z0, z1);
    }
    for (; c < rowBytes; c += 4) {
      let value = (load<f32>(x + c) - load<f32>(center + c)) * load<f32>(scale + c) + load<f32>(shift + c);
      if (hasResidual) value += load<f32>(residual + c);
      store<f32>(y + c, hasBounds ? min(max(value, floor), ceiling) : value);
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

/** Eight channels of a pixel of batchNormBackward, at their center, with a, b and d behind it. `factors` has the mask or 1,
 * `threshold` the x down from which it makes 0 of a gradient: NaN, which nothing reaches, without a mask. */
@inline
export function storeGradient(
  x: usize,
  dy0: v128,
  dy1: v128,
  center: usize,
  stride: usize,
  factors: v128,
  threshold: v128,
  dx: usize,
): void {
  const a = center + stride;
  const b = a + stride;
  const d = b + stride;
  const x0 = v128.load(x);
  const x1 = v128.load(x, 16);
  const upstream0 = f32x4.mul(v128.load(a), dy0);
  const upstream1 = f32x4.mul(v128.load(a, 16), dy1);
  const local0 = f32x4.mul(v128.load(b), f32x4.sub(x0, v128.load(center)));
  const local1 = f32x4.mul(v128.load(b, 16), f32x4.sub(x1, v128.load(center, 16)));
  const gradient0 = f32x4.add(f32x4.add(upstream0, v128.load(d)), local0);
  const gradient1 = f32x4.add(f32x4.add(upstream1, v128.load(d, 16)), local1);
  const dx0 = v128.andnot(f32x4.mul(gradient0, factors), f32x4.le(x0, threshold));
  const dx1 = v128.andnot(f32x4.mul(gradient1, factors), f32x4.le(x1, threshold));
  storePair(dx, dx0, dx1);
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
  for (let r = 0; r < rows; r++, dy += stride, x += stride, dx += stride) {
    let c: usize = 0;
    for (; c + 32 <= rowBytes; c += 32)
      storeGradient(x + c, v128.load(dy + c), v128.load(dy + c, 16), center + c, stride, factors, thresholds, dx + c);
    for (; c < rowBytes; c += 4) {
      const xs = load<f32>(x + c);
      const local = load<f32>(b + c) * (xs - load<f32>(center + c));
      const gradient = load<f32>(a + c) * load<f32>(dy + c) + load<f32>(d + c) + local;
      store<f32>(dx + c, xs <= threshold ? 0 : gradient * factor);
    }
  }
}
