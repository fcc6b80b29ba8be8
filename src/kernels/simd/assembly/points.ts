import { fetch } from './fetch';

// Where Winograd's points lie: see PointStrides in ../../tiles.ts. In bytes here.

/** Between two tiles. The products' addresses have it built in, also times 2 and 3. */
export const TILE_STRIDE: usize = 288;

/** Of a channel, given as bytes from the first one. */
@inline
export function channelOffset(c: usize, blockStride: usize): usize {
  return (c >> 8) * blockStride + (c & 255);
}

// A line of weights has six points, the first of which are those of a line of a tile, one each; the last has all others of it.
export const WEIGHT_POINTS = 6;

/** With stride 2 a line of a tile's input has nine points, and one of its output five: those from 5 on are added to those from 0. */
export const INPUT_LINE = 9;
export const OUTPUT_LINE = 5;

@inline
export function endOfPoints(weightPoint: i32, stride: i32): i32 {
  return weightPoint < 5 || stride === 1 ? weightPoint + 1 : INPUT_LINE;
}

/** The point of a tile's output that the product of this point of its input belongs to. */
@inline
export function outputPoint(i: i32, j: i32, stride: i32): i32 {
  return stride === 1 ? WEIGHT_POINTS * i + j : OUTPUT_LINE * (i % OUTPUT_LINE) + (j % OUTPUT_LINE);
}

// In which of the tiles' order (see TileCounts) those begin that have the points of row i and column j, and how many they are.
@inline
function long(k: i32): bool {
  return k === 3 || k === 4 || k > 6;
}

@inline
export function firstTile(j: i32, right: i32): i32 {
  return long(j) ? right : 0;
}

@inline
export function tileCount(i: i32, j: i32, right: i32, body: i32, bottom: i32, corner: i32): i32 {
  return body + (long(j) ? 0 : right) + (long(i) ? 0 : bottom) + (long(i) || long(j) ? 0 : corner);
}

/** Bytes of eight channels, which the maps take at a time; of 64; and of a column of six rows of 64. */
export const CHANNELS: usize = 32;
export const ROW: usize = 256;
export const COLUMN: usize = 6 * ROW;

// Of the six points with stride 1 a short tile has 0, 1, −1 and ∞. With stride 2 it has 0, ∞ and 1 of the even pixels, and 0 and ∞
// of the odd ones. These are the same places.
@inline
export function nextPoint(point: i32, outputs: i32): i32 {
  return outputs === 2 && point === 2 ? 5 : point + 1;
}

/** Behind the last of those points with stride 2, on input and output. */
@inline
export function endOfInputPoints(outputs: i32): i32 {
  return 5 + outputs;
}

@inline
export function endOfOutputPoints(outputs: i32): i32 {
  return outputs === 2 ? 3 : OUTPUT_LINE;
}

/** Where the pixel row begins; for one outside the image, eight zeros. */
@inline
export function rowOf(image: usize, y: i32, height: i32, rowBytes: usize, zeros: usize): usize {
  return y >= 0 && y < height ? image + <usize>y * rowBytes : zeros;
}

/** All ones for a pixel row inside the image, else 0: what a column's offset is masked with. */
@inline
export function maskOf(y: i32, height: i32): usize {
  return y >= 0 && y < height ? <usize>-1 : 0;
}

/** Columns up to which a product soon has done with a point, and waits for the next one where that comes from afar. */
export const FEW_COLUMNS = 32;

/** Fetches a point of so many channels of as many tiles. */
export function fetchPoint(point: usize, blockStride: usize, tiles: i32, channels: i32): void {
  if (tiles === 0) return;
  for (let c = 0; c < channels; c += 64, point += blockStride)
    fetch(point, <usize>(tiles - 1) * TILE_STRIDE + (<usize>min(64, channels - c) << 2));
}
