import { multiplyAdd } from './multiplyAdd';
import { channelOffset, firstTile, TILE_STRIDE, tileCount } from './points';

// The products of Winograd's points: each output element is a sum of its terms in order. The tiles are written out, in
// pairs of vectors used alike, for V8 to make 256-bit ones of them: 4×8 suits the sixteen 128-bit registers that it has
// without that, 4×16 with two terms a turn keeps every unit at work with 256 bits.

function product(
  a: usize,
  rows: i32,
  blockStride: usize,
  depth: usize,
  panels: usize,
  output: usize,
  outputBlockStride: usize,
  columns: i32,
): void {
  const depthBytes = depth << 2;
  const panelBytes = depthBytes << 3;
  for (let n = 0; n < columns; n += 8, panels += panelBytes) {
    const q = output + channelOffset(<usize>n << 2, outputBlockStride);
    for (let m = 0; m < rows; m += 4) {
      // Where four tiles do not divide the rows the last four overlap with those before.
      const start = <usize>min(m, rows - 4) * TILE_STRIDE;
      let p = a + start;
      let b = panels;
      let c00 = f32x4.splat(0);
      let c01 = f32x4.splat(0);
      let c10 = f32x4.splat(0);
      let c11 = f32x4.splat(0);
      let c20 = f32x4.splat(0);
      let c21 = f32x4.splat(0);
      let c30 = f32x4.splat(0);
      let c31 = f32x4.splat(0);
      for (let left = depthBytes; left > 0; p += blockStride) {
        const bytes = min(left, 256);
        const end = p + bytes;
        left -= bytes;
        for (let k = p; k < end; k += 4, b += 32) {
          const b0 = v128.load(b);
          const b1 = v128.load(b, 16);
          const x0 = v128.load32_splat(k);
          c00 = multiplyAdd(x0, b0, c00);
          c01 = multiplyAdd(x0, b1, c01);
          const x1 = v128.load32_splat(k, 288);
          c10 = multiplyAdd(x1, b0, c10);
          c11 = multiplyAdd(x1, b1, c11);
          const x2 = v128.load32_splat(k, 576);
          c20 = multiplyAdd(x2, b0, c20);
          c21 = multiplyAdd(x2, b1, c21);
          const x3 = v128.load32_splat(k, 864);
          c30 = multiplyAdd(x3, b0, c30);
          c31 = multiplyAdd(x3, b1, c31);
        }
      }
      const r = q + start;
      v128.store(r, c00);
      v128.store(r, c01, 16);
      v128.store(r, c10, 288);
      v128.store(r, c11, 304);
      v128.store(r, c20, 576);
      v128.store(r, c21, 592);
      v128.store(r, c30, 864);
      v128.store(r, c31, 880);
    }
  }
}

/** Sixteen columns at a time and two terms a turn. */
function productWide(
  a: usize,
  rows: i32,
  blockStride: usize,
  depth: usize,
  panels: usize,
  output: usize,
  outputBlockStride: usize,
  columns: i32,
): void {
  const depthBytes = depth << 2;
  const panelBytes = depthBytes << 3;
  let n = 0;
  for (; n + 16 <= columns; n += 16, panels += 2 * panelBytes) {
    const q = output + channelOffset(<usize>n << 2, outputBlockStride);
    for (let m = 0; m < rows; m += 4) {
      // Where four tiles do not divide the rows the last four overlap with those before.
      const start = <usize>min(m, rows - 4) * TILE_STRIDE;
      let p = a + start;
      let b = panels;
      let c00 = f32x4.splat(0);
      let c01 = f32x4.splat(0);
      let c02 = f32x4.splat(0);
      let c03 = f32x4.splat(0);
      let c10 = f32x4.splat(0);
      let c11 = f32x4.splat(0);
      let c12 = f32x4.splat(0);
      let c13 = f32x4.splat(0);
      let c20 = f32x4.splat(0);
      let c21 = f32x4.splat(0);
      let c22 = f32x4.splat(0);
      let c23 = f32x4.splat(0);
      let c30 = f32x4.splat(0);
      let c31 = f32x4.splat(0);
      let c32 = f32x4.splat(0);
      let c33 = f32x4.splat(0);
      for (let left = depthBytes; left > 0; p += blockStride) {
        const bytes = min(left, 256);
        const end = p + bytes;
        left -= bytes;
        for (let k = p; k < end; k += 8, b += 64) {
          const b0 = v128.load(b);
          const b1 = v128.load(b, 16);
          const b2 = v128.load(b + panelBytes);
          const b3 = v128.load(b + panelBytes, 16);
          const x0 = v128.load32_splat(k);
          c00 = multiplyAdd(x0, b0, c00);
          c01 = multiplyAdd(x0, b1, c01);
          c02 = multiplyAdd(x0, b2, c02);
          c03 = multiplyAdd(x0, b3, c03);
          const x1 = v128.load32_splat(k, 288);
          c10 = multiplyAdd(x1, b0, c10);
          c11 = multiplyAdd(x1, b1, c11);
          c12 = multiplyAdd(x1, b2, c12);
          c13 = multiplyAdd(x1, b3, c13);
          const x2 = v128.load32_splat(k, 576);
          c20 = multiplyAdd(x2, b0, c20);
          c21 = multiplyAdd(x2, b1, c21);
          c22 = multiplyAdd(x2, b2, c22);
          c23 = multiplyAdd(x2, b3, c23);
          const x3 = v128.load32_splat(k, 864);
          c30 = multiplyAdd(x3, b0, c30);
          c31 = multiplyAdd(x3, b1, c31);
          c32 = multiplyAdd(x3, b2, c32);
          c33 = multiplyAdd(x3, b3, c33);
          const b0_ = v128.load(b, 32);
          const b1_ = v128.load(b, 48);
          const b2_ = v128.load(b + panelBytes, 32);
          const b3_ = v128.load(b + panelBytes, 48);
          const x0_ = v128.load32_splat(k, 4);
          c00 = multiplyAdd(x0_, b0_, c00);
          c01 = multiplyAdd(x0_, b1_, c01);
          c02 = multiplyAdd(x0_, b2_, c02);
          c03 = multiplyAdd(x0_, b3_, c03);
          const x1_ = v128.load32_splat(k, 292);
          c10 = multiplyAdd(x1_, b0_, c10);
          c11 = multiplyAdd(x1_, b1_, c11);
          c12 = multiplyAdd(x1_, b2_, c12);
          c13 = multiplyAdd(x1_, b3_, c13);
          const x2_ = v128.load32_splat(k, 580);
          c20 = multiplyAdd(x2_, b0_, c20);
          c21 = multiplyAdd(x2_, b1_, c21);
          c22 = multiplyAdd(x2_, b2_, c22);
          c23 = multiplyAdd(x2_, b3_, c23);
          const x3_ = v128.load32_splat(k, 868);
          c30 = multiplyAdd(x3_, b0_, c30);
          c31 = multiplyAdd(x3_, b1_, c31);
          c32 = multiplyAdd(x3_, b2_, c32);
          c33 = multiplyAdd(x3_, b3_, c33);
        }
      }
      const r = q + start;
      v128.store(r, c00);
      v128.store(r, c01, 16);
      v128.store(r, c02, 32);
      v128.store(r, c03, 48);
      v128.store(r, c10, 288);
      v128.store(r, c11, 304);
      v128.store(r, c12, 320);
      v128.store(r, c13, 336);
      v128.store(r, c20, 576);
      v128.store(r, c21, 592);
      v128.store(r, c22, 608);
      v128.store(r, c23, 624);
      v128.store(r, c30, 864);
      v128.store(r, c31, 880);
      v128.store(r, c32, 896);
      v128.store(r, c33, 912);
    }
  }
  if (n < columns)
    product(a, rows, blockStride, depth, panels, output + channelOffset(<usize>n << 2, outputBlockStride), outputBlockStride, columns - n);
}

/** The rows that are left, one at a time: 1×32 while the columns last. */
function productOfRows(
  a: usize,
  rows: i32,
  blockStride: usize,
  depth: usize,
  panels: usize,
  output: usize,
  outputBlockStride: usize,
  columns: i32,
): void {
  const depthBytes = depth << 2;
  const panelBytes = depthBytes << 3;
  for (let m = 0; m < rows; m++, a += TILE_STRIDE, output += TILE_STRIDE) {
    let first = panels;
    let n = 0;
    for (; n + 32 <= columns; n += 32, first += panelBytes << 2) {
      let c0 = f32x4.splat(0);
      let c1 = f32x4.splat(0);
      let c2 = f32x4.splat(0);
      let c3 = f32x4.splat(0);
      let c4 = f32x4.splat(0);
      let c5 = f32x4.splat(0);
      let c6 = f32x4.splat(0);
      let c7 = f32x4.splat(0);
      let p = a;
      let b = first;
      for (let left = depthBytes; left > 0; p += blockStride) {
        const bytes = min(left, 256);
        const end = p + bytes;
        left -= bytes;
        for (let k = p; k < end; k += 4, b += 32) {
          const x = v128.load32_splat(k);
          const second = b + panelBytes;
          const third = second + panelBytes;
          const fourth = third + panelBytes;
          c0 = multiplyAdd(x, v128.load(b), c0);
          c1 = multiplyAdd(x, v128.load(b, 16), c1);
          c2 = multiplyAdd(x, v128.load(second), c2);
          c3 = multiplyAdd(x, v128.load(second, 16), c3);
          c4 = multiplyAdd(x, v128.load(third), c4);
          c5 = multiplyAdd(x, v128.load(third, 16), c5);
          c6 = multiplyAdd(x, v128.load(fourth), c6);
          c7 = multiplyAdd(x, v128.load(fourth, 16), c7);
        }
      }
      const q = output + channelOffset(<usize>n << 2, outputBlockStride);
      v128.store(q, c0);
      v128.store(q, c1, 16);
      v128.store(q, c2, 32);
      v128.store(q, c3, 48);
      v128.store(q, c4, 64);
      v128.store(q, c5, 80);
      v128.store(q, c6, 96);
      v128.store(q, c7, 112);
    }
    let b = first;
    for (; n < columns; n += 8) {
      let c0 = f32x4.splat(0);
      let c1 = f32x4.splat(0);
      for (let k: usize = 0; k < depthBytes; k += 4, b += 32) {
        const x = v128.load32_splat(a + channelOffset(k, blockStride));
        c0 = multiplyAdd(x, v128.load(b), c0);
        c1 = multiplyAdd(x, v128.load(b, 16), c1);
      }
      const q = output + channelOffset(<usize>n << 2, outputBlockStride);
      v128.store(q, c0);
      v128.store(q, c1, 16);
    }
  }
}

@inline
function atEveryPoint(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  right: i32,
  body: i32,
  bottom: i32,
  corner: i32,
  depth: i32,
  weights: usize,
  weightStride: usize,
  output: usize,
  outputPointStride: usize,
  outputBlockStride: usize,
  columns: i32,
  wide: bool,
): void {
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      const first = <usize>firstTile(j, right);
      const count = tileCount(i, j, right, body, bottom, corner);
      const a = points + first * TILE_STRIDE;
      const c = output + first * TILE_STRIDE;
      // Three rows more than fours are done faster by a tile of four, one or two are not.
      const single = count < 4 ? count : (count & 3) % 3;
      const rows = count - single;
      if (wide) productWide(a, rows, blockStride, depth, weights, c, outputBlockStride, columns);
      else product(a, rows, blockStride, depth, weights, c, outputBlockStride, columns);
      const done = <usize>rows * TILE_STRIDE;
      productOfRows(a + done, single, blockStride, depth, weights, c + done, outputBlockStride, columns);
      points += pointStride;
      weights += weightStride;
      output += outputPointStride;
    }
  }
}

export function winogradProducts(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  right: i32,
  body: i32,
  bottom: i32,
  corner: i32,
  depth: i32,
  weights: usize,
  weightStride: usize,
  output: usize,
  outputPointStride: usize,
  outputBlockStride: usize,
  columns: i32,
): void {
  atEveryPoint(points, pointStride, blockStride, right, body, bottom, corner, depth, weights, weightStride, output, outputPointStride, outputBlockStride, columns, false);
}

export function winogradProductsWide(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  right: i32,
  body: i32,
  bottom: i32,
  corner: i32,
  depth: i32,
  weights: usize,
  weightStride: usize,
  output: usize,
  outputPointStride: usize,
  outputBlockStride: usize,
  columns: i32,
): void {
  atEveryPoint(points, pointStride, blockStride, right, body, bottom, corner, depth, weights, weightStride, output, outputPointStride, outputBlockStride, columns, true);
}
