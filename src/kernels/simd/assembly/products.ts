import { storeFour, storePair } from './columns';
import { multiplyAdd } from './multiplyAdd';
import { channelOffset, endOfPoints, firstTile, TILE_STRIDE, tileCount, WEIGHT_POINTS } from './points';
import { product, productWide } from './winogradTiles';

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
      storeFour(q, c0, c1, c2, c3);
      storeFour(q + 64, c4, c5, c6, c7);
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
      storePair(q, c0, c1);
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
  stride: i32,
  depth: i32,
  weights: usize,
  weightStride: usize,
  output: usize,
  outputPointStride: usize,
  outputBlockStride: usize,
  columns: i32,
  wide: bool,
): void {
  const linePoints = endOfPoints(WEIGHT_POINTS - 1, stride);
  for (let u = 0; u < WEIGHT_POINTS; u++) {
    for (let v = 0; v < WEIGHT_POINTS; v++, weights += weightStride) {
      for (let i = u; i < endOfPoints(u, stride); i++) {
        for (let j = v; j < endOfPoints(v, stride); j++) {
          const point = <usize>(i * linePoints + j);
          const first = <usize>firstTile(j, right);
          const count = tileCount(i, j, right, body, bottom, corner);
          const a = points + point * pointStride + first * TILE_STRIDE;
          const c = output + point * outputPointStride + first * TILE_STRIDE;
          // Three rows more than fours are done faster by a tile of four, one or two are not.
          const single = count < 4 ? count : (count & 3) % 3;
          const rows = count - single;
          const whole = wide ? columns & ~15 : 0;
          if (wide) productWide(a, rows, blockStride, depth, weights, c, outputBlockStride, whole);
          const rest = weights + ((<usize>whole * depth) << 2);
          const q = c + channelOffset(<usize>whole << 2, outputBlockStride);
          product(a, rows, blockStride, depth, rest, q, outputBlockStride, columns - whole);
          const done = <usize>rows * TILE_STRIDE;
          productOfRows(a + done, single, blockStride, depth, weights, c + done, outputBlockStride, columns);
        }
      }
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
  stride: i32,
  depth: i32,
  weights: usize,
  weightStride: usize,
  output: usize,
  outputPointStride: usize,
  outputBlockStride: usize,
  columns: i32,
): void {
  atEveryPoint(points, pointStride, blockStride, right, body, bottom, corner, stride, depth, weights, weightStride, output, outputPointStride, outputBlockStride, columns, false);
}

export function winogradProductsWide(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  right: i32,
  body: i32,
  bottom: i32,
  corner: i32,
  stride: i32,
  depth: i32,
  weights: usize,
  weightStride: usize,
  output: usize,
  outputPointStride: usize,
  outputBlockStride: usize,
  columns: i32,
): void {
  atEveryPoint(points, pointStride, blockStride, right, body, bottom, corner, stride, depth, weights, weightStride, output, outputPointStride, outputBlockStride, columns, true);
}
