import { loadColumns, storeColumns } from './columns';

@inline
function low(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

@inline
function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

// Sums over rows run over blocks of 16 rows in float32, whose sums are added in float64 (see ../../kernels.ts). They take
// sixteen columns at a time, a cache line, and what is left in fours.
@inline
function blockEnd(i: usize, end: usize, rowBytes: usize): usize {
  return min(i + 16 * rowBytes, end);
}

/** Adds four float32 numbers to four float64 numbers in memory. */
@inline
export function addToDoubles(p: usize, v: v128): void {
  v128.store(p, f64x2.add(v128.load(p), low(v)));
  v128.store(p, f64x2.add(v128.load(p, 16), high(v)), 16);
}

export function columnSums(
  source: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  output: usize,
  accumulate: bool,
): void {
  for (let c = 0; c < columns; c += 4) {
    const valid = columns - c;
    let i = source + (<usize>c << 2);
    const end = i + <usize>rows * stride;
    let sum0 = f64x2.splat(0);
    let sum1 = f64x2.splat(0);
    while (i < end) {
      const last = blockEnd(i, end, stride);
      let s = f32x4.splat(0);
      for (; i < last; i += stride) s = f32x4.add(s, loadColumns(i, valid));
      sum0 = f64x2.add(sum0, low(s));
      sum1 = f64x2.add(sum1, high(s));
    }
    const sums = i8x16.shuffle(
      f32x4.demote_f64x2_zero(sum0),
      f32x4.demote_f64x2_zero(sum1),
      0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
    );
    const p = output + (<usize>c << 2);
    storeColumns(p, accumulate ? f32x4.add(loadColumns(p, valid), sums) : sums, valid);
  }
}

export function columnMoments(x: usize, y: usize, rows: i32, columns: i32, sums: usize): void {
  const rowBytes = <usize>columns << 2;
  const bytes = <usize>rows * rowBytes;
  const products = sums + (rowBytes << 1);
  memory.fill(sums, 0, rowBytes << 2);
  let c: usize = 0;
  for (; c + 64 <= rowBytes; c += 64) {
    const end = c + bytes;
    let i = c;
    while (i < end) {
      const last = blockEnd(i, end, rowBytes);
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      let p0 = f32x4.splat(0);
      let p1 = f32x4.splat(0);
      let p2 = f32x4.splat(0);
      let p3 = f32x4.splat(0);
      for (; i < last; i += rowBytes) {
        const x0 = v128.load(x + i);
        const x1 = v128.load(x + i, 16);
        const x2 = v128.load(x + i, 32);
        const x3 = v128.load(x + i, 48);
        s0 = f32x4.add(s0, x0);
        s1 = f32x4.add(s1, x1);
        s2 = f32x4.add(s2, x2);
        s3 = f32x4.add(s3, x3);
        p0 = f32x4.add(p0, f32x4.mul(x0, v128.load(y + i)));
        p1 = f32x4.add(p1, f32x4.mul(x1, v128.load(y + i, 16)));
        p2 = f32x4.add(p2, f32x4.mul(x2, v128.load(y + i, 32)));
        p3 = f32x4.add(p3, f32x4.mul(x3, v128.load(y + i, 48)));
      }
      const s = sums + (c << 1);
      addToDoubles(s, s0);
      addToDoubles(s + 32, s1);
      addToDoubles(s + 64, s2);
      addToDoubles(s + 96, s3);
      const p = products + (c << 1);
      addToDoubles(p, p0);
      addToDoubles(p + 32, p1);
      addToDoubles(p + 64, p2);
      addToDoubles(p + 96, p3);
    }
  }
  for (; c < rowBytes; c += 16) {
    const valid = <i32>((rowBytes - c) >> 2);
    const end = c + bytes;
    let sum0 = f64x2.splat(0);
    let sum1 = f64x2.splat(0);
    let product0 = f64x2.splat(0);
    let product1 = f64x2.splat(0);
    let i = c;
    while (i < end) {
      const last = blockEnd(i, end, rowBytes);
      let s = f32x4.splat(0);
      let p = f32x4.splat(0);
      for (; i < last; i += rowBytes) {
        const xs = loadColumns(x + i, valid);
        s = f32x4.add(s, xs);
        p = f32x4.add(p, f32x4.mul(xs, loadColumns(y + i, valid)));
      }
      sum0 = f64x2.add(sum0, low(s));
      sum1 = f64x2.add(sum1, high(s));
      product0 = f64x2.add(product0, low(p));
      product1 = f64x2.add(product1, high(p));
    }
    storeDoubles(sums + (c << 1), sum0, sum1, valid);
    storeDoubles(products + (c << 1), product0, product1, valid);
  }
}

function storeDoubles(p: usize, first: v128, second: v128, valid: i32): void {
  v128.store_lane<f64>(p, first, 0);
  if (valid > 1) v128.store_lane<f64>(p, first, 1, 8);
  if (valid > 2) v128.store_lane<f64>(p, second, 0, 16);
  if (valid > 3) v128.store_lane<f64>(p, second, 1, 24);
}

export function scaleShift(x: usize, rows: i32, columns: i32, scale: usize, shift: usize, y: usize): void {
  const rowBytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += rowBytes, y += rowBytes) {
    let c: usize = 0;
    for (; c + 32 <= rowBytes; c += 32) {
      const y0 = f32x4.add(f32x4.mul(v128.load(x + c), v128.load(scale + c)), v128.load(shift + c));
      const y1 = f32x4.add(f32x4.mul(v128.load(x + c, 16), v128.load(scale + c, 16)), v128.load(shift + c, 16));
      v128.store(y + c, y0);
      v128.store(y + c, y1, 16);
    }
    for (; c < rowBytes; c += 4) store<f32>(y + c, load<f32>(x + c) * load<f32>(scale + c) + load<f32>(shift + c));
  }
}

/** Eight channels of a pixel of batchNormBackward, at their coefficients a, with b and d behind it. `factors` has the mask
 * or 1, `threshold` the x down from which it makes 0 of a gradient: NaN, which nothing reaches, without a mask. */
@inline
export function storeGradient(
  x: usize,
  dy0: v128,
  dy1: v128,
  a: usize,
  rowBytes: usize,
  factors: v128,
  threshold: v128,
  dx: usize,
): void {
  const b = a + rowBytes;
  const d = b + rowBytes;
  const x0 = v128.load(x);
  const x1 = v128.load(x, 16);
  const upstream0 = f32x4.mul(v128.load(a), dy0);
  const upstream1 = f32x4.mul(v128.load(a, 16), dy1);
  const local0 = f32x4.mul(v128.load(b), x0);
  const local1 = f32x4.mul(v128.load(b, 16), x1);
  const gradient0 = f32x4.add(f32x4.add(upstream0, local0), v128.load(d));
  const gradient1 = f32x4.add(f32x4.add(upstream1, local1), v128.load(d, 16));
  const dx0 = v128.andnot(f32x4.mul(gradient0, factors), f32x4.le(x0, threshold));
  const dx1 = v128.andnot(f32x4.mul(gradient1, factors), f32x4.le(x1, threshold));
  v128.store(dx, dx0);
  v128.store(dx, dx1, 16);
}

export function batchNormBackward(
  dy: usize,
  x: usize,
  rows: i32,
  columns: i32,
  coefficients: usize,
  mask: f32,
  dx: usize,
): void {
  const rowBytes = <usize>columns << 2;
  const a = coefficients;
  const b = a + rowBytes;
  const d = b + rowBytes;
  const factor: f32 = mask === 0 ? 1 : mask;
  const threshold: f32 = mask === 0 ? NaN : 0;
  const factors = f32x4.splat(factor);
  const thresholds = f32x4.splat(threshold);
  for (let r = 0; r < rows; r++, dy += rowBytes, x += rowBytes, dx += rowBytes) {
    let c: usize = 0;
    for (; c + 32 <= rowBytes; c += 32)
      storeGradient(x + c, v128.load(dy + c), v128.load(dy + c, 16), a + c, rowBytes, factors, thresholds, dx + c);
    for (; c < rowBytes; c += 4) {
      const xs = load<f32>(x + c);
      const gradient = load<f32>(a + c) * load<f32>(dy + c) + load<f32>(b + c) * xs + load<f32>(d + c);
      store<f32>(dx + c, xs <= threshold ? 0 : gradient * factor);
    }
  }
}
