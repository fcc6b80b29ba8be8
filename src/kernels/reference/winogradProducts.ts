import { channelOffset, type PointStrides, TILE_STRIDE, type TileCounts } from '../tiles.js';
import { multiplyTile, tile } from './tile.js';

/** Calls `each` with every point and the first and the number of the tiles that have it. */
function forEachPoint(
  { right, body, bottom, corner }: TileCounts,
  each: (point: number, first: number, count: number) => void,
): void {
  const long = (k: number) => k === 3 || k === 4;
  for (let i = 0; i < 6; i++)
    for (let j = 0; j < 6; j++)
      each(
        6 * i + j,
        long(j) ? right : 0,
        body + (long(j) ? 0 : right) + (long(i) ? 0 : bottom) + (long(i) || long(j) ? 0 : corner),
      );
}

export function winogradProducts(
  points: Float32Array,
  strides: PointStrides,
  tiles: TileCounts,
  depth: number,
  weights: Float32Array,
  weightStride: number,
  output: Float32Array,
  outputStrides: PointStrides,
  columns: number,
): void {
  const rows = new Float32Array(4 * depth);
  forEachPoint(tiles, (point, first, count) => {
    for (let t = 0; t < count; t += 4) {
      for (let i = 0; i < 4 && t + i < count; i++) {
        const start = point * strides.pointStride + (first + t + i) * TILE_STRIDE;
        for (let k = 0; k < depth; k++) rows[i * depth + k] = points[start + channelOffset(strides, k)];
      }
      for (let n = 0; n < columns; n += 4) {
        const b = point * weightStride + (n - (n % 8)) * depth + (n % 8);
        tile.fill(0);
        multiplyTile(rows, 0, depth, 2 * depth, 3 * depth, 1, depth, weights, b, 8, depth);
        const place = point * outputStrides.pointStride + (first + t) * TILE_STRIDE + channelOffset(outputStrides, n);
        for (let i = 0; i < 4 && t + i < count; i++)
          for (let j = 0; j < 4; j++) output[place + i * TILE_STRIDE + j] = tile[4 * i + j];
      }
    }
  });
}

export function winogradWeightProducts(
  points: Float32Array,
  strides: PointStrides,
  upstream: Float32Array,
  upstreamStrides: PointStrides,
  tiles: TileCounts,
  depth: number,
  columns: number,
  gradient: Float32Array,
  gradientStride: number,
  accumulate: boolean,
): void {
  forEachPoint(tiles, (point, first, count) => {
    const a = point * strides.pointStride + first * TILE_STRIDE;
    const b = point * upstreamStrides.pointStride + first * TILE_STRIDE;
    for (let k = 0; k < depth; k += 4) {
      for (let n = 0; n < columns; n += 4) {
        const place = (i: number) => point * gradientStride + (k + (i >> 2)) * columns + n + (i & 3);
        for (let i = 0; i < 16; i++) tile[i] = accumulate ? gradient[place(i)] : 0;
        multiplyTile(
          points,
          a + channelOffset(strides, k),
          1,
          2,
          3,
          TILE_STRIDE,
          count,
          upstream,
          b + channelOffset(upstreamStrides, n),
          TILE_STRIDE,
          count,
        );
        for (let i = 0; i < 16; i++) gradient[place(i)] = tile[i];
      }
    }
  });
}
