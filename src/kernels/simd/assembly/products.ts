import { storeFour, storePair } from './columns';
import { fetch } from './fetch';
import { multiplyAdd } from './multiplyAdd';
import { channelOffset, endOfPoints, FEW_COLUMNS, fetchPoint, firstTile, outputPoint, TILE_STRIDE, tileCount, WEIGHT_POINTS } from './points';
import { product, productWide } from './winogradTiles';

/** A sum, or what is there and this. */
@inline
function total(accumulate: bool, q: usize, sum: v128): v128 {
  return accumulate ? f32x4.add(v128.load(q), sum) : sum;
}

/** Up to so many tiles a product takes less time than its weights take to come from afar. */
const FEW_TILES = 16;

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
  accumulate: bool,
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
      storeFour(
        q,
        total(accumulate, q, c0),
        total(accumulate, q + 16, c1),
        total(accumulate, q + 32, c2),
        total(accumulate, q + 48, c3),
      );
      storeFour(
        q + 64,
        total(accumulate, q + 64, c4),
        total(accumulate, q + 80, c5),
        total(accumulate, q + 96, c6),
        total(accumulate, q + 112, c7),
      );
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
      storePair(q, total(accumulate, q, c0), total(accumulate, q + 16, c1));
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
  transposed: bool,
  wide: bool,
): void {
  const linePoints = endOfPoints(WEIGHT_POINTS - 1, stride);
  // Few tiles use up their weights so soon that these are most of the work, unless they are in the cache.
  const areFew = right + body + bottom + corner <= FEW_TILES;
  for (let u = 0; u < WEIGHT_POINTS; u++) {
    for (let v = 0; v < WEIGHT_POINTS; v++, weights += weightStride) {
      if (areFew) fetch(weights, (<usize>columns * depth) << 2);
      for (let i = u; i < endOfPoints(u, stride); i++) {
        for (let j = v; j < endOfPoints(v, stride); j++) {
          const ofInput = i * linePoints + j;
          const ofOutput = outputPoint(i, j, stride);
          const first = <usize>firstTile(j, right);
          const count = tileCount(i, j, right, body, bottom, corner);
          const a = points + <usize>(transposed ? ofOutput : ofInput) * pointStride + first * TILE_STRIDE;
          const c = output + <usize>(transposed ? ofInput : ofOutput) * outputPointStride + first * TILE_STRIDE;
          const accumulate = !transposed && stride === 2 && (i > 4 || j > 4);
          // Three rows more than fours are done faster by a tile of four, one or two are not; and none is added twice.
          const single = count < 4 ? count : accumulate ? count & 3 : (count & 3) % 3;
          const rows = count - single;
          const whole = wide ? columns & ~15 : 0;
          if (columns <= FEW_COLUMNS) fetchPoint(a, blockStride, count, depth);
          if (wide) productWide(a, rows, blockStride, depth, weights, c, outputBlockStride, whole, accumulate);
          const rest = weights + ((<usize>whole * depth) << 2);
          const q = c + channelOffset(<usize>whole << 2, outputBlockStride);
          product(a, rows, blockStride, depth, rest, q, outputBlockStride, columns - whole, accumulate);
          const done = <usize>rows * TILE_STRIDE;
          productOfRows(a + done, single, blockStride, depth, weights, c + done, outputBlockStride, columns, accumulate);
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
  transposed: bool,
): void {
  atEveryPoint(points, pointStride, blockStride, right, body, bottom, corner, stride, depth, weights, weightStride, output, outputPointStride, outputBlockStride, columns, transposed, false);
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
  transposed: bool,
): void {
  atEveryPoint(points, pointStride, blockStride, right, body, bottom, corner, stride, depth, weights, weightStride, output, outputPointStride, outputBlockStride, columns, transposed, true);
}
