import type { WinogradKernels } from '../contract/winograd.js';
import {
  channelOffset,
  inputLinePoints,
  outputLinePoints,
  type PointStrides,
  TILE_STRIDE,
  type TileCounts,
  type Tiles,
  WEIGHT_POINTS,
  windowLength,
} from '../tiles.js';
import { affineOf } from './channels.js';
import * as stridedMaps from './stridedMaps.js';
import { addProducts, totals } from './sums.js';
import * as unstridedMaps from './winogradMaps.js';

const { fround } = Math;

const mapsOf = (stride: 1 | 2) => (stride === 1 ? unstridedMaps : stridedMaps);

/** From a row of a grid to the next: as many as the longest line has points. */
const GRID = 9;

/** The pixels that a tile reads or writes, how far the next tile is from it, and how many points a line of it has. */
const inputWindow = ({ stride, tileHeight, tileWidth }: Tiles) => ({
  rows: windowLength(stride, tileHeight),
  columns: windowLength(stride, tileWidth),
  step: stride * tileWidth,
  linePoints: inputLinePoints(stride),
});
const outputWindow = ({ stride, tileHeight, tileWidth }: Tiles) => ({
  rows: tileHeight,
  columns: tileWidth,
  step: tileWidth,
  linePoints: outputLinePoints(stride),
});

export const winogradKernels: WinogradKernels = {
  winogradProducts(points, strides, tiles, depth, weights, weightStride, output, outputStrides, columns, transposed) {
    const row = new Float32Array(depth);
    const begun = new Set<number>();
    forEachPoint(tiles, (inputPoint, outputPoint, weightPoint, first, count) => {
      const [point, result] = transposed ? [outputPoint, inputPoint] : [inputPoint, outputPoint];
      const added = begun.has(result);
      begun.add(result);
      for (let tile = first; tile < first + count; tile++) {
        for (let k = 0; k < depth; k++) row[k] = points[placeOf(strides, point, tile, k)];
        for (let n = 0; n < columns; n += 8) {
          const place = placeOf(outputStrides, result, tile, n);
          for (let j = 0; j < 8; j++) totals[j] = added ? output[place + j] : 0;
          addProducts(row, 0, 1, depth, weights, weightPoint * weightStride + n * depth, 8, depth);
          output.set(totals, place);
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
    const begun = new Set<number>();
    forEachPoint(tiles, (point, upstreamPoint, weightPoint, first, count) => {
      const added = accumulate || begun.has(weightPoint);
      begun.add(weightPoint);
      for (let k = 0; k < depth; k++) {
        const a = placeOf(strides, point, first, k);
        for (let n = 0; n < columns; n += 8) {
          const place = weightPoint * gradientStride + k * columns + n;
          for (let j = 0; j < 8; j++) totals[j] = added ? gradient[place + j] : 0;
          const b = placeOf(upstreamStrides, upstreamPoint, first, n);
          addProducts(points, a, TILE_STRIDE, count, upstream, b, TILE_STRIDE, count);
          gradient.set(totals, place);
        }
      }
    });
  },

  winogradInput: pointsOfImage('inputMaps', inputWindow),

  winogradOutputGradient: pointsOfImage('outputGradientMaps', outputWindow),

  winogradOutput(points, strides, tiles, bias, floor, affine, affineFloor, affineCeiling, image, grid) {
    forEachPixel(points, strides, tiles, grid, 'outputMaps', outputWindow, (place, channel, sum) => {
      const value = Math.max(fround(sum + (bias ? bias[channel] : 0)), floor);
      image[place] = affine
        ? Math.min(Math.max(affineOf(value, affine, tiles.pixelStride, channel), affineFloor), affineCeiling)
        : value;
    });
  },

  winogradInputGradient(points, strides, tiles, image, grid) {
    forEachPixel(points, strides, tiles, grid, 'inputGradientMaps', inputWindow, (place, _, sum) => {
      image[place] += sum;
    });
  },

  winogradWeights(weight, stride, tapStride, rows, rowStride, panel, pointStride, grid) {
    const { weights } = mapsOf(stride);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < 8; column++) {
        for (let tap = 0; tap < 9; tap++)
          grid[GRID * Math.floor(tap / 3) + (tap % 3)] = weight[tap * tapStride + row * rowStride + column];
        for (let j = 0; j < 3; j++) weights(grid, j, GRID);
        for (let i = 0; i < 6; i++) weights(grid, GRID * i, 1);
        for (let point = 0; point < 36; point++)
          panel[point * pointStride + 8 * row + column] = grid[GRID * Math.floor(point / 6) + (point % 6)];
      }
    }
  },

  winogradWeightGradient(points, stride, pointStride, rows, columns, gradient, tapStride, rowStride, grid) {
    const { weightGradients } = mapsOf(stride);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let point = 0; point < 36; point++)
          grid[GRID * Math.floor(point / 6) + (point % 6)] = points[point * pointStride + row * columns + column];
        for (let j = 0; j < 6; j++) weightGradients(grid, j, GRID);
        for (let i = 0; i < 3; i++) weightGradients(grid, GRID * i, 1);
        for (let tap = 0; tap < 9; tap++)
          gradient[tap * tapStride + row * rowStride + column] = grid[GRID * Math.floor(tap / 3) + (tap % 3)];
      }
    }
  },
};

/** Where a channel of a tile's point lies. */
const placeOf = (strides: PointStrides, point: number, tile: number, channel: number) =>
  point * strides.pointStride + tile * TILE_STRIDE + channelOffset(strides, channel);

/** Those points of a line that only a tile of four outputs has. */
const isLong = (k: number) => k === 3 || k === 4 || k > 6;

/** Of so many points of a line those that a tile of so many outputs has. */
const pointsOf = (linePoints: number, outputs: 2 | 4) =>
  [0, 1, 2, 3, 4, 5, 6, 7, 8].slice(0, linePoints).filter((k) => outputs === 4 || !isLong(k));

/** Calls `visit` with every point of the input, those of its output and its weights, and the first and the number of the tiles
 * that have it. */
function forEachPoint(
  { right, body, bottom, corner, stride }: TileCounts,
  visit: (inputPoint: number, outputPoint: number, weightPoint: number, first: number, count: number) => void,
): void {
  const [length, outputLength] = [inputLinePoints(stride), outputLinePoints(stride)];
  const last = WEIGHT_POINTS - 1;
  for (let i = 0; i < length; i++)
    for (let j = 0; j < length; j++)
      visit(
        length * i + j,
        outputLength * (i % outputLength) + (j % outputLength),
        WEIGHT_POINTS * Math.min(i, last) + Math.min(j, last),
        isLong(j) ? right : 0,
        body + (isLong(j) ? 0 : right) + (isLong(i) ? 0 : bottom) + (isLong(i) || isLong(j) ? 0 : corner),
      );
}

/** The kernel that makes the points of each tile from its window of the image. */
function pointsOfImage(
  maps: 'inputMaps' | 'outputGradientMaps',
  windowOf: typeof inputWindow,
): WinogradKernels['winogradInput'] {
  return (image, tiles, points, strides, grid) => {
    const { top, left, count, height, width, channels, pixelStride, tileHeight, tileWidth, stride } = tiles;
    const { [tileHeight]: downMap, [tileWidth]: acrossMap } = mapsOf(stride)[maps];
    const window = windowOf(tiles);
    for (let tile = 0; tile < count; tile++) {
      for (let c = 0; c < channels; c++) {
        for (let j = 0; j < window.columns; j++) {
          const x = left + tile * window.step + j;
          for (let i = 0; i < window.rows; i++) {
            const inside = top + i >= 0 && top + i < height && x >= 0 && x < width;
            grid[GRID * i + j] = inside ? image[((top + i) * width + x) * pixelStride + c] : 0;
          }
          downMap(grid, j, GRID);
        }
        for (const i of pointsOf(window.linePoints, tileHeight)) {
          acrossMap(grid, GRID * i, 1);
          for (const j of pointsOf(window.linePoints, tileWidth))
            points[placeOf(strides, window.linePoints * i + j, tile, c)] = grid[GRID * i + j];
        }
      }
    }
  };
}

/** Calls `visit` with the place, the channel and the value of each pixel of the tiles' windows that the image has. */
function forEachPixel(
  points: Float32Array,
  strides: PointStrides,
  tiles: Tiles,
  grid: Float32Array,
  maps: 'outputMaps' | 'inputGradientMaps',
  windowOf: typeof inputWindow,
  visit: (place: number, channel: number, value: number) => void,
): void {
  const { top, left, count, height, width, channels, pixelStride, tileHeight, tileWidth, stride } = tiles;
  const { [tileHeight]: downMap, [tileWidth]: acrossMap } = mapsOf(stride)[maps];
  const window = windowOf(tiles);
  for (let tile = 0; tile < count; tile++) {
    const x = left + tile * window.step;
    for (let c = 0; c < channels; c++) {
      for (const j of pointsOf(window.linePoints, tileWidth)) {
        for (const i of pointsOf(window.linePoints, tileHeight))
          grid[GRID * i + j] = points[placeOf(strides, window.linePoints * i + j, tile, c)];
        downMap(grid, j, GRID);
      }
      for (let i = Math.max(0, -top); i < Math.min(window.rows, height - top); i++) {
        acrossMap(grid, GRID * i, 1);
        for (let j = Math.max(0, -x); j < Math.min(window.columns, width - x); j++)
          visit(((top + i) * width + x + j) * pixelStride + c, c, grid[GRID * i + j]);
      }
    }
  }
}
