// Where Winograd's points lie: see PointStrides in ../../tiles.ts. In bytes here.

/** Between two tiles. The products' addresses have it built in, also times 2 and 3. */
export const TILE_STRIDE: usize = 288;

/** Of a channel, given as bytes from the first one. */
@inline
export function channelOffset(c: usize, blockStride: usize): usize {
  return (c >> 8) * blockStride + (c & 255);
}

// In which of the tiles' order (see TileCounts) those begin that have the points of row i and column j, and how many they are.
@inline
function long(k: i32): bool {
  return k === 3 || k === 4;
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

// Of the six points a short tile has 0, 1, −1 and ∞.
@inline
export function nextPoint(point: i32, outputs: i32): i32 {
  return outputs === 2 && point === 2 ? 5 : point + 1;
}
