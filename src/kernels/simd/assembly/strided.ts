import { inputLong, inputShort, outputGradientLong, outputGradientShort } from './stridedMaps';
import {
  CHANNELS,
  endOfInputPoints,
  endOfOutputPoints,
  INPUT_LINE,
  maskOf,
  nextPoint,
  OUTPUT_LINE,
  ROW,
  rowOf,
  TILE_STRIDE,
} from './points';

// As ./winograd.ts, for stride 2: windows of nine pixels.

/** Bytes of a column of nine rows of 64 channels. */
export const COLUMN: usize = 9 * ROW;

export function stridedInput(
  image: usize,
  height: i32,
  width: i32,
  channels: usize,
  pixel: usize,
  top: i32,
  left: i32,
  tileHeight: i32,
  tileWidth: i32,
  count: i32,
  points: usize,
  pointStride: usize,
  blockStride: usize,
  scratch: usize,
): void {
  const rowBytes = <usize>width * pixel;
  memory.fill(scratch, 0, ROW);
  const mapped = scratch + ROW;
  for (let block: usize = 0; block < channels; block += ROW, points += blockStride) {
    const bytes = min(ROW, channels - block);
    // A tile's first column is the last one of the tile before: column n lies at n mod 9.
    let column = 0;
    for (let tile = 0; tile < count; tile++) {
      const first = 2 * tile * tileWidth;
      for (; column < first + 2 * tileWidth + 1; column++) {
        const q = mapped + <usize>(column % 9) * COLUMN;
        const x = left + column;
        if (x < 0 || x >= width) memory.fill(q, 0, COLUMN);
        else inputColumn(image + block, <usize>x * pixel, top, height, rowBytes, tileHeight, scratch, q, bytes);
      }
      for (let i = 0; i < endOfInputPoints(tileHeight); i = nextPoint(i, tileHeight)) {
        const row = mapped + <usize>i * ROW;
        const r0 = row + <usize>(first % 9) * COLUMN;
        const r1 = row + <usize>((first + 1) % 9) * COLUMN;
        const r2 = row + <usize>((first + 2) % 9) * COLUMN;
        const r3 = row + <usize>((first + 3) % 9) * COLUMN;
        const r4 = row + <usize>((first + 4) % 9) * COLUMN;
        const r5 = row + <usize>((first + 5) % 9) * COLUMN;
        const r6 = row + <usize>((first + 6) % 9) * COLUMN;
        const r7 = row + <usize>((first + 7) % 9) * COLUMN;
        const r8 = row + <usize>((first + 8) % 9) * COLUMN;
        const to = points + <usize>tile * TILE_STRIDE + <usize>(INPUT_LINE * i) * pointStride;
        let c: usize = 0;
        if (tileWidth === 4) {
          do inputLong(r0 + c, r1 + c, r2 + c, r3 + c, r4 + c, r5 + c, r6 + c, r7 + c, r8 + c, to + c, pointStride);
          while ((c += CHANNELS) < bytes);
        } else {
          do inputShort(r0 + c, r1 + c, r2 + c, r3 + c, r4 + c, to + c, pointStride);
          while ((c += CHANNELS) < bytes);
        }
      }
    }
  }
}

/** The vertical map of a column of pixels that lies so many bytes behind the first. */
@inline
function inputColumn(
  image: usize,
  column: usize,
  top: i32,
  height: i32,
  rowBytes: usize,
  tileHeight: i32,
  zeros: usize,
  q: usize,
  bytes: usize,
): void {
  const d0 = rowOf(image, top, height, rowBytes, zeros) + (column & maskOf(top, height));
  const d1 = rowOf(image, top + 1, height, rowBytes, zeros) + (column & maskOf(top + 1, height));
  const d2 = rowOf(image, top + 2, height, rowBytes, zeros) + (column & maskOf(top + 2, height));
  const d3 = rowOf(image, top + 3, height, rowBytes, zeros) + (column & maskOf(top + 3, height));
  const d4 = rowOf(image, top + 4, height, rowBytes, zeros) + (column & maskOf(top + 4, height));
  let c: usize = 0;
  if (tileHeight === 2) {
    do inputShort(d0 + c, d1 + c, d2 + c, d3 + c, d4 + c, q + c, ROW);
    while ((c += CHANNELS) < bytes);
    return;
  }
  const d5 = rowOf(image, top + 5, height, rowBytes, zeros) + (column & maskOf(top + 5, height));
  const d6 = rowOf(image, top + 6, height, rowBytes, zeros) + (column & maskOf(top + 6, height));
  const d7 = rowOf(image, top + 7, height, rowBytes, zeros) + (column & maskOf(top + 7, height));
  const d8 = rowOf(image, top + 8, height, rowBytes, zeros) + (column & maskOf(top + 8, height));
  do inputLong(d0 + c, d1 + c, d2 + c, d3 + c, d4 + c, d5 + c, d6 + c, d7 + c, d8 + c, q + c, ROW);
  while ((c += CHANNELS) < bytes);
}

export function stridedOutputGradient(
  image: usize,
  height: i32,
  width: i32,
  channels: usize,
  pixel: usize,
  top: i32,
  left: i32,
  tileHeight: i32,
  tileWidth: i32,
  count: i32,
  points: usize,
  pointStride: usize,
  blockStride: usize,
  scratch: usize,
): void {
  const rowBytes = <usize>width * pixel;
  memory.fill(scratch, 0, ROW);
  const p0 = rowOf(image, top, height, rowBytes, scratch);
  const p1 = rowOf(image, top + 1, height, rowBytes, scratch);
  const p2 = rowOf(image, top + 2, height, rowBytes, scratch);
  const p3 = rowOf(image, top + 3, height, rowBytes, scratch);
  const m0 = maskOf(top, height);
  const m1 = maskOf(top + 1, height);
  const m2 = maskOf(top + 2, height);
  const m3 = maskOf(top + 3, height);
  const mapped = scratch + ROW;
  for (let block: usize = 0; block < channels; block += ROW, points += blockStride) {
    const bytes = min(ROW, channels - block);
    for (let tile = 0; tile < count; tile++) {
      for (let j = 0; j < tileWidth; j++) {
        const q = mapped + <usize>j * COLUMN;
        const x = left + tile * tileWidth + j;
        if (x >= width) {
          memory.fill(q, 0, COLUMN);
          continue;
        }
        const o = <usize>x * pixel + block;
        const d0 = p0 + (o & m0);
        const d1 = p1 + (o & m1);
        const d2 = p2 + (o & m2);
        const d3 = p3 + (o & m3);
        let c: usize = 0;
        if (tileHeight === 4) {
          do outputGradientLong(d0 + c, d1 + c, d2 + c, d3 + c, q + c, ROW);
          while ((c += CHANNELS) < bytes);
        } else {
          do outputGradientShort(d0 + c, d1 + c, q + c, ROW);
          while ((c += CHANNELS) < bytes);
        }
      }
      for (let i = 0; i < endOfOutputPoints(tileHeight); i = nextPoint(i, tileHeight)) {
        const to = points + <usize>tile * TILE_STRIDE + <usize>(OUTPUT_LINE * i) * pointStride;
        const row = mapped + <usize>i * ROW;
        let c: usize = 0;
        if (tileWidth === 4) {
          do outputGradientLong(row + c, row + c + COLUMN, row + c + 2 * COLUMN, row + c + 3 * COLUMN, to + c, pointStride);
          while ((c += CHANNELS) < bytes);
        } else {
          do outputGradientShort(row + c, row + c + COLUMN, to + c, pointStride);
          while ((c += CHANNELS) < bytes);
        }
      }
    }
  }
}
