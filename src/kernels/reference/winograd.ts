import type { WinogradKernels } from '../contract/winograd.js';
import { channelOffset, type PointStrides, TILE_STRIDE, type TileCounts, type Tiles } from '../tiles.js';
import { affineOf } from './channels.js';
import { addProducts, totals } from './sums.js';
import {
  inputGradientMaps,
  inputMaps,
  type LineMaps,
  outputGradientMaps,
  outputMaps,
  weightGradients,
  weights,
} from './winogradMaps.js';

const { fround } = Math;

export const winogradKernels: WinogradKernels = {
  winogradProducts(points, strides, tiles, depth, weights, weightStride, output, outputStrides, columns) {
    const row = new Float32Array(depth);
    forEachPoint(tiles, (point, first, count) => {
      for (let tile = first; tile < first + count; tile++) {
        for (let k = 0; k < depth; k++) row[k] = points[placeOf(strides, point, tile, k)];
        for (let n = 0; n < columns; n += 8) {
          totals.fill(0);
          addProducts(row, 0, 1, depth, weights, point * weightStride + n * depth, 8, depth);
          output.set(totals, placeOf(outputStrides, point, tile, n));
        }
      }
    });
  },

  winogradWeightProducts(
    points,
    strides,
    upstream,
    upstreamStrides,
    tiles,
    depth,
    columns,
    gradient,
    gradientStride,
    accumulate,
  ) {
    forEachPoint(tiles, (point, first, count) => {
      for (let k = 0; k < depth; k++) {
        const a = placeOf(strides, point, first, k);
        for (let n = 0; n < columns; n += 8) {
          const place = point * gradientStride + k * columns + n;
          for (let j = 0; j < 8; j++) totals[j] = accumulate ? gradient[place + j] : 0;
          const b = placeOf(upstreamStrides, point, first, n);
          addProducts(points, a, TILE_STRIDE, count, upstream, b, TILE_STRIDE, count);
          gradient.set(totals, place);
        }
      }
    });
  },

  winogradInput: pointsOfImage(inputMaps, 2),

  winogradOutputGradient: pointsOfImage(outputGradientMaps, 0),

  winogradOutput(points, strides, tiles, bias, floor, affine, affineFloor, affineCeiling, image, grid) {
    forEachPixel(points, strides, tiles, grid, outputMaps, 0, (place, channel, sum) => {
      const value = Math.max(fround(sum + (bias ? bias[channel] : 0)), floor);
      image[place] = affine
        ? Math.min(Math.max(affineOf(value, affine, tiles.pixelStride, channel), affineFloor), affineCeiling)
        : value;
    });
  },

  winogradInputGradient(points, strides, tiles, image, grid) {
    forEachPixel(points, strides, tiles, grid, inputGradientMaps, 2, (place, _, sum) => {
      image[place] += sum;
    });
  },

  winogradWeights(weight, tapStride, rows, rowStride, panel, pointStride, grid) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < 8; column++) {
        for (let tap = 0; tap < 9; tap++)
          grid[6 * Math.floor(tap / 3) + (tap % 3)] = weight[tap * tapStride + row * rowStride + column];
        for (let j = 0; j < 3; j++) weights(grid, j, 6);
        for (let i = 0; i < 6; i++) weights(grid, 6 * i, 1);
        for (let point = 0; point < 36; point++) panel[point * pointStride + 8 * row + column] = grid[point];
      }
    }
  },

  winogradWeightGradient(points, pointStride, rows, columns, gradient, tapStride, rowStride, grid) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let point = 0; point < 36; point++) grid[point] = points[point * pointStride + row * columns + column];
        for (let j = 0; j < 6; j++) weightGradients(grid, j, 6);
        for (let i = 0; i < 3; i++) weightGradients(grid, 6 * i, 1);
        for (let tap = 0; tap < 9; tap++)
          gradient[tap * tapStride + row * rowStride + column] = grid[6 * Math.floor(tap / 3) + (tap % 3)];
      }
    }
  },
};

/** Where a channel of a tile's point lies. */
const placeOf = (strides: PointStrides, point: number, tile: number, channel: number) =>
  point * strides.pointStride + tile * TILE_STRIDE + channelOffset(strides, channel);

/** Calls `visit` with every point and the first and the number of the tiles that have it. */
function forEachPoint(
  { right, body, bottom, corner }: TileCounts,
  visit: (point: number, first: number, count: number) => void,
): void {
  const long = (k: number) => k === 3 || k === 4;
  for (let i = 0; i < 6; i++)
    for (let j = 0; j < 6; j++)
      visit(
        6 * i + j,
        long(j) ? right : 0,
        body + (long(j) ? 0 : right) + (long(i) ? 0 : bottom) + (long(i) || long(j) ? 0 : corner),
      );
}

// The points that a tile of four or two outputs has.
const pointsOf = (outputs: 2 | 4) => (outputs === 4 ? [0, 1, 2, 3, 4, 5] : [0, 1, 2, 5]);

/** The kernel that makes the points of each tile from its window of the image, `margin` pixels more than it has outputs. */
function pointsOfImage(maps: LineMaps, margin: number): WinogradKernels['winogradInput'] {
  return (image, tiles, points, strides, grid) => {
    const { top, left, count, height, width, channels, pixelStride, tileHeight, tileWidth } = tiles;
    const [rows, columns] = [pointsOf(tileHeight), pointsOf(tileWidth)];
    for (let tile = 0; tile < count; tile++) {
      for (let c = 0; c < channels; c++) {
        for (let j = 0; j < tileWidth + margin; j++) {
          const x = left + tile * tileWidth + j;
          for (let i = 0; i < tileHeight + margin; i++) {
            const inside = top + i >= 0 && top + i < height && x >= 0 && x < width;
            grid[6 * i + j] = inside ? image[((top + i) * width + x) * pixelStride + c] : 0;
          }
          maps[tileHeight](grid, j, 6);
        }
        for (const i of rows) {
          maps[tileWidth](grid, 6 * i, 1);
          for (const j of columns) points[placeOf(strides, 6 * i + j, tile, c)] = grid[6 * i + j];
        }
      }
    }
  };
}

/** Calls `visit` with the place, the channel and the value of each pixel of the tiles' windows that the image has. */
function forEachPixel(
  points: Float32Array,
  strides: PointStrides,
  { top, left, count, height, width, channels, pixelStride, tileHeight, tileWidth }: Tiles,
  grid: Float32Array,
  maps: LineMaps,
  margin: number,
  visit: (place: number, channel: number, value: number) => void,
): void {
  const [rows, columns] = [pointsOf(tileHeight), pointsOf(tileWidth)];
  for (let tile = 0; tile < count; tile++) {
    const x = left + tile * tileWidth;
    for (let c = 0; c < channels; c++) {
      for (const j of columns) {
        for (const i of rows) grid[6 * i + j] = points[placeOf(strides, 6 * i + j, tile, c)];
        maps[tileHeight](grid, j, 6);
      }
      for (let i = Math.max(0, -top); i < Math.min(tileHeight + margin, height - top); i++) {
        maps[tileWidth](grid, 6 * i, 1);
        for (let j = Math.max(0, -x); j < Math.min(tileWidth + margin, width - x); j++)
          visit(((top + i) * width + x + j) * pixelStride + c, c, grid[6 * i + j]);
      }
    }
  }
}
