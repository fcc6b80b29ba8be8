import { channelOffset, type PointStrides, TILE_STRIDE, type Tiles } from '../tiles.js';
import { affineOf } from './batchNorm.js';
import {
  inputGradientLong,
  inputGradientShort,
  inputLong,
  inputShort,
  outputGradientLong,
  outputGradientShort,
  outputLong,
  outputShort,
  weightGradients,
  weights,
} from './winogradMaps.js';

const { fround } = Math;

// The points that a tile of four or two outputs has.
const pointsOf = (outputs: 2 | 4) => (outputs === 4 ? [0, 1, 2, 3, 4, 5] : [0, 1, 2, 5]);

/** Calls `each` with a tile's first pixel, its points and each channel. */
function forEachTile(
  tiles: Tiles,
  strides: PointStrides,
  each: (y: number, x: number, channel: number, firstPoint: number) => void,
): void {
  for (let tile = 0; tile < tiles.count; tile++)
    for (let c = 0; c < tiles.channels; c++)
      each(tiles.top, tiles.left + tile * tiles.tileWidth, c, channelOffset(strides, c) + tile * TILE_STRIDE);
}

/** Copies height×width pixels from (y, x) on into the 6×6 grid; 0 where there is no image. */
function loadPatch(
  image: Float32Array,
  tiles: Tiles,
  y: number,
  x: number,
  channel: number,
  height: number,
  width: number,
  grid: Float32Array,
): void {
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const inside = y + i >= 0 && y + i < tiles.height && x + j >= 0 && x + j < tiles.width;
      grid[6 * i + j] = inside ? image[((y + i) * tiles.width + x + j) * tiles.channels + channel] : 0;
    }
}

export function winogradInput(
  image: Float32Array,
  tiles: Tiles,
  points: Float32Array,
  strides: PointStrides,
  grid: Float32Array,
): void {
  const [rows, columns] = [pointsOf(tiles.tileHeight), pointsOf(tiles.tileWidth)];
  forEachTile(tiles, strides, (y, x, channel, firstPoint) => {
    loadPatch(image, tiles, y, x, channel, rows.length, columns.length, grid);
    for (let j = 0; j < columns.length; j++) (tiles.tileHeight === 4 ? inputLong : inputShort)(grid, j, 6);
    for (const i of rows) {
      (tiles.tileWidth === 4 ? inputLong : inputShort)(grid, 6 * i, 1);
      for (const j of columns) points[(6 * i + j) * strides.pointStride + firstPoint] = grid[6 * i + j];
    }
  });
}

export function winogradOutputGradient(
  image: Float32Array,
  tiles: Tiles,
  points: Float32Array,
  strides: PointStrides,
  grid: Float32Array,
): void {
  const { tileHeight, tileWidth } = tiles;
  forEachTile(tiles, strides, (y, x, channel, firstPoint) => {
    loadPatch(image, tiles, y, x, channel, tileHeight, tileWidth, grid);
    for (let j = 0; j < tileWidth; j++) (tileHeight === 4 ? outputGradientLong : outputGradientShort)(grid, j, 6);
    for (const i of pointsOf(tileHeight)) {
      (tileWidth === 4 ? outputGradientLong : outputGradientShort)(grid, 6 * i, 1);
      for (const j of pointsOf(tileWidth)) points[(6 * i + j) * strides.pointStride + firstPoint] = grid[6 * i + j];
    }
  });
}

export function winogradOutput(
  points: Float32Array,
  strides: PointStrides,
  tiles: Tiles,
  bias: Float32Array | undefined,
  floor: number,
  affine: Float32Array | undefined,
  affineFloor: number,
  image: Float32Array,
  grid: Float32Array,
): void {
  const { tileHeight, tileWidth, height, width, channels } = tiles;
  forEachTile(tiles, strides, (y, x, channel, firstPoint) => {
    for (const j of pointsOf(tileWidth)) {
      for (const i of pointsOf(tileHeight)) grid[6 * i + j] = points[(6 * i + j) * strides.pointStride + firstPoint];
      (tileHeight === 4 ? outputLong : outputShort)(grid, j, 6);
    }
    for (let i = 0; i < tileHeight && y + i < height; i++) {
      (tileWidth === 4 ? outputLong : outputShort)(grid, 6 * i, 1);
      for (let j = 0; j < tileWidth && x + j < width; j++) {
        const sum = fround(grid[6 * i + j] + (bias ? bias[channel] : 0));
        const value = Math.max(sum, floor);
        image[((y + i) * width + x + j) * channels + channel] = affine
          ? Math.max(affineOf(value, affine, channels, channel), affineFloor)
          : value;
      }
    }
  });
}

export function winogradInputGradient(
  points: Float32Array,
  strides: PointStrides,
  tiles: Tiles,
  image: Float32Array,
  grid: Float32Array,
): void {
  const { tileHeight, tileWidth, height, width, channels } = tiles;
  forEachTile(tiles, strides, (y, x, channel, firstPoint) => {
    for (const j of pointsOf(tileWidth)) {
      for (const i of pointsOf(tileHeight)) grid[6 * i + j] = points[(6 * i + j) * strides.pointStride + firstPoint];
      (tileHeight === 4 ? inputGradientLong : inputGradientShort)(grid, j, 6);
    }
    for (let i = 0; i < tileHeight + 2; i++) {
      if (y + i < 0 || y + i >= height) continue;
      (tileWidth === 4 ? inputGradientLong : inputGradientShort)(grid, 6 * i, 1);
      for (let j = 0; j < tileWidth + 2; j++)
        if (x + j >= 0 && x + j < width) image[((y + i) * width + x + j) * channels + channel] += grid[6 * i + j];
    }
  });
}

export function winogradWeights(
  weight: Float32Array,
  tapStride: number,
  rows: number,
  rowStride: number,
  panel: Float32Array,
  pointStride: number,
  grid: Float32Array,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < 8; column++) {
      for (let tap = 0; tap < 9; tap++)
        grid[6 * Math.floor(tap / 3) + (tap % 3)] = weight[tap * tapStride + row * rowStride + column];
      for (let j = 0; j < 3; j++) weights(grid, j, 6);
      for (let i = 0; i < 6; i++) weights(grid, 6 * i, 1);
      for (let point = 0; point < 36; point++) panel[point * pointStride + 8 * row + column] = grid[point];
    }
  }
}

export function winogradWeightGradient(
  points: Float32Array,
  pointStride: number,
  count: number,
  gradient: Float32Array,
  grid: Float32Array,
): void {
  for (let w = 0; w < count; w++) {
    for (let point = 0; point < 36; point++) grid[point] = points[point * pointStride + w];
    for (let j = 0; j < 6; j++) weightGradients(grid, j, 6);
    for (let i = 0; i < 3; i++) weightGradients(grid, 6 * i, 1);
    for (let tap = 0; tap < 9; tap++) gradient[tap * count + w] = grid[6 * Math.floor(tap / 3) + (tap % 3)];
  }
}
