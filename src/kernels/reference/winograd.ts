import { type Affine, CHANNEL_BLOCK, type PointStrides, TILE_STRIDE, type TileCounts, type Tiles } from '../kernels.js';
import { multiplyTile, tile } from './tile.js';

const { fround } = Math;

// Winograd's convolution of a tile: Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. The maps below are its matrices for one dimension, at
// the points 0, 1, −1, ½, −2 and ∞: F(4,3) makes four outputs by all six products, F(2,3) makes two by those at 0, 1, −1
// and ∞, with the same G. Each map works in place on s[i], s[i + step], …: a point p is s[i + p·step].

/** Bᵀ of F(4,3): six inputs to six points. */
function inputLong(s: Float32Array, i: number, step: number): void {
  const d0 = s[i];
  const d1 = s[i + step];
  const d2 = s[i + 2 * step];
  const d3 = s[i + 3 * step];
  const d4 = s[i + 4 * step];
  const d5 = s[i + 5 * step];
  const even = fround(d4 - d2);
  const odd = fround(d3 - d1);
  s[i] = fround(fround(even - d2) + d0) + fround(1.5 * odd);
  s[i + step] = fround(even + odd) + fround(1.5 * fround(d2 + d3));
  s[i + 2 * step] = fround(even - odd) + fround(1.5 * fround(d3 - d2));
  s[i + 3 * step] = even + fround(2 * odd);
  s[i + 4 * step] = even - fround(0.5 * odd);
  s[i + 5 * step] = fround(fround(d5 - d3) - odd) + fround(1.5 * even);
}

/** Bᵀ of F(2,3): four inputs to four points. */
function inputShort(s: Float32Array, i: number, step: number): void {
  const d0 = s[i];
  const d1 = s[i + step];
  const d2 = s[i + 2 * step];
  const d3 = s[i + 3 * step];
  s[i] = d0 - d2;
  s[i + step] = 1.5 * fround(d1 + d2);
  s[i + 2 * step] = 1.5 * fround(d1 - d2);
  s[i + 5 * step] = d3 - d1;
}

/** Aᵀ of F(4,3): six points to four outputs. */
function outputLong(s: Float32Array, i: number, step: number): void {
  const m0 = s[i];
  const m1 = s[i + step];
  const m2 = s[i + 2 * step];
  const m3 = s[i + 3 * step];
  const m4 = s[i + 4 * step];
  const m5 = s[i + 5 * step];
  const sum = fround(m1 + m2);
  const difference = fround(m1 - m2);
  s[i] = fround(m0 + sum) + fround(m3 + m4);
  s[i + step] = difference + fround(fround(0.5 * m3) - fround(2 * m4));
  s[i + 2 * step] = sum + fround(fround(0.25 * m3) + fround(4 * m4));
  s[i + 3 * step] = fround(difference + m5) + fround(fround(0.125 * m3) - fround(8 * m4));
}

/** Aᵀ of F(2,3): four points to two outputs. */
function outputShort(s: Float32Array, i: number, step: number): void {
  const m0 = s[i];
  const m1 = s[i + step];
  const m2 = s[i + 2 * step];
  const m5 = s[i + 5 * step];
  s[i] = m0 + fround(m1 + m2);
  s[i + step] = fround(m1 - m2) + m5;
}

/** A of F(4,3): the gradients of four outputs to those of six points. */
function outputGradientLong(s: Float32Array, i: number, step: number): void {
  const d0 = s[i];
  const d1 = s[i + step];
  const d2 = s[i + 2 * step];
  const d3 = s[i + 3 * step];
  const even = fround(d0 + d2);
  const odd = fround(d1 + d3);
  s[i + step] = even + odd;
  s[i + 2 * step] = even - odd;
  s[i + 3 * step] = fround(d0 + fround(0.25 * d2)) + fround(fround(0.5 * d1) + fround(0.125 * d3));
  s[i + 4 * step] = fround(d0 + fround(4 * d2)) - fround(fround(2 * d1) + fround(8 * d3));
  s[i + 5 * step] = d3;
}

/** A of F(2,3): the gradients of two outputs to those of four points. */
function outputGradientShort(s: Float32Array, i: number, step: number): void {
  const d0 = s[i];
  const d1 = s[i + step];
  s[i + step] = d0 + d1;
  s[i + 2 * step] = d0 - d1;
  s[i + 5 * step] = d1;
}

/** B of F(4,3): the gradients of six points to those of six inputs. */
function inputGradientLong(s: Float32Array, i: number, step: number): void {
  const v0 = s[i];
  const v1 = s[i + step];
  const v2 = s[i + 2 * step];
  const v3 = s[i + 3 * step];
  const v4 = s[i + 4 * step];
  const v5 = s[i + 5 * step];
  const sum = fround(v1 + v2);
  const difference = fround(v1 - v2);
  const even = fround(fround(fround(v0 + sum) + fround(v3 + v4)) + fround(1.5 * v5));
  const odd = fround(fround(fround(fround(1.5 * v0) - v5) + difference) + fround(fround(2 * v3) - fround(0.5 * v4)));
  s[i + step] = -odd;
  s[i + 2 * step] = fround(1.5 * difference) - fround(even + v0);
  s[i + 3 * step] = fround(1.5 * sum) + fround(odd - v5);
  s[i + 4 * step] = even;
}

/** B of F(2,3): the gradients of four points to those of four inputs. */
function inputGradientShort(s: Float32Array, i: number, step: number): void {
  const v0 = s[i];
  const v1 = s[i + step];
  const v2 = s[i + 2 * step];
  const v5 = s[i + 5 * step];
  s[i + step] = fround(1.5 * fround(v1 + v2)) - v5;
  s[i + 2 * step] = fround(1.5 * fround(v1 - v2)) - v0;
  s[i + 3 * step] = v5;
}

const third = fround(1 / 3);
const fifteenth = fround(1 / 15);

/** G: three weights to six points. */
function weights(s: Float32Array, i: number, step: number): void {
  const g0 = s[i];
  const g1 = s[i + step];
  const g2 = s[i + 2 * step];
  const outer = fround(g0 + g2);
  s[i + step] = third * fround(outer + g1);
  s[i + 2 * step] = third * fround(g1 - outer);
  s[i + 3 * step] = -fifteenth * fround(fround(fround(16 * g0) + fround(8 * g1)) + fround(4 * g2));
  s[i + 4 * step] = fifteenth * fround(fround(g0 - fround(2 * g1)) + fround(4 * g2));
  s[i + 5 * step] = g2;
}

/** Gᵀ: the gradients of six points to those of three weights. */
function weightGradients(s: Float32Array, i: number, step: number): void {
  const u0 = s[i];
  const u1 = s[i + step];
  const u2 = s[i + 2 * step];
  const u3 = s[i + 3 * step];
  const u4 = s[i + 4 * step];
  const u5 = s[i + 5 * step];
  const difference = fround(third * fround(u1 - u2));
  s[i] = fround(u0 + difference) + fround(fifteenth * fround(u4 - fround(16 * u3)));
  s[i + step] = fround(third * fround(u1 + u2)) - fround(fifteenth * fround(fround(8 * u3) + fround(2 * u4)));
  s[i + 2 * step] = fround(difference + u5) + fround(fifteenth * fround(fround(4 * u4) - fround(4 * u3)));
}

// The points that a tile of four or two outputs has.
const pointsOf = (outputs: 2 | 4) => (outputs === 4 ? [0, 1, 2, 3, 4, 5] : [0, 1, 2, 5]);

const channelOffset = ({ blockStride }: PointStrides, c: number) =>
  Math.floor(c / CHANNEL_BLOCK) * blockStride + (c % CHANNEL_BLOCK);

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
  affine: Affine | undefined,
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
          ? fround(value * affine.scale[channel]) + affine.shift[channel]
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
          ...([points, a + channelOffset(strides, k), 1, 2, 3, TILE_STRIDE, count] as const),
          ...([upstream, b + channelOffset(upstreamStrides, n), TILE_STRIDE, count] as const),
        );
        for (let i = 0; i < 16; i++) gradient[place(i)] = tile[i];
      }
    }
  });
}
