import { inputLong, inputShort, outputGradientLong, outputGradientShort } from './winogradMaps';
import { CHANNELS, COLUMN, maskOf, nextPoint, ROW, rowOf, TILE_STRIDE } from './points';
import { stridedInput, stridedOutputGradient } from './strided';

// Tile by tile, 64 channels of it at most, eight at a time: so the lines of memory are read and written whole and in
// order. Scratch memory holds 64 zeros, for pixels outside the image or for no bias; what the vertical maps made, six rows
// of each of six columns; and a row of a tile. The innermost loops test at their end: V8 of Node 20 moves nothing out of others.

export function winogradInput(
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
  stride: i32,
  points: usize,
  pointStride: usize,
  blockStride: usize,
  scratch: usize,
): void {
  if (stride === 2) {
    stridedInput(image, height, width, channels, pixel, top, left, tileHeight, tileWidth, count, points, pointStride, blockStride, scratch);
    return;
  }
  const rowBytes = <usize>width * pixel;
  memory.fill(scratch, 0, ROW);
  const p0 = rowOf(image, top, height, rowBytes, scratch);
  const p1 = rowOf(image, top + 1, height, rowBytes, scratch);
  const p2 = rowOf(image, top + 2, height, rowBytes, scratch);
  const p3 = rowOf(image, top + 3, height, rowBytes, scratch);
  const p4 = rowOf(image, top + 4, height, rowBytes, scratch);
  const p5 = rowOf(image, top + 5, height, rowBytes, scratch);
  const m0 = maskOf(top, height);
  const m1 = maskOf(top + 1, height);
  const m2 = maskOf(top + 2, height);
  const m3 = maskOf(top + 3, height);
  const m4 = maskOf(top + 4, height);
  const m5 = maskOf(top + 5, height);
  const mapped = scratch + ROW;
  for (let block: usize = 0; block < channels; block += ROW, points += blockStride) {
    const bytes = min(ROW, channels - block);
    // A tile's first two columns are the last two of the tile before: column n lies at n mod 6.
    let column = 0;
    for (let tile = 0; tile < count; tile++) {
      const first = tile * tileWidth;
      for (; column < first + tileWidth + 2; column++) {
        const q = mapped + <usize>(column % 6) * COLUMN;
        const x = left + column;
        if (x < 0 || x >= width) {
          memory.fill(q, 0, COLUMN);
          continue;
        }
        const o = <usize>x * pixel + block;
        const d0 = p0 + (o & m0);
        const d1 = p1 + (o & m1);
        const d2 = p2 + (o & m2);
        const d3 = p3 + (o & m3);
        const d4 = p4 + (o & m4);
        const d5 = p5 + (o & m5);
        let c: usize = 0;
        if (tileHeight === 4) {
          do inputLong(d0 + c, d1 + c, d2 + c, d3 + c, d4 + c, d5 + c, q + c, ROW);
          while ((c += CHANNELS) < bytes);
        } else {
          do inputShort(d0 + c, d1 + c, d2 + c, d3 + c, q + c, ROW);
          while ((c += CHANNELS) < bytes);
        }
      }
      const r0 = mapped + <usize>(first % 6) * COLUMN;
      const r1 = mapped + <usize>((first + 1) % 6) * COLUMN;
      const r2 = mapped + <usize>((first + 2) % 6) * COLUMN;
      const r3 = mapped + <usize>((first + 3) % 6) * COLUMN;
      const r4 = mapped + <usize>((first + 4) % 6) * COLUMN;
      const r5 = mapped + <usize>((first + 5) % 6) * COLUMN;
      for (let i = 0; i < 6; i = nextPoint(i, tileHeight)) {
        const to = points + <usize>tile * TILE_STRIDE + <usize>(6 * i) * pointStride;
        const row = <usize>i * ROW;
        let c: usize = 0;
        if (tileWidth === 4) {
          do inputLong(r0 + row + c, r1 + row + c, r2 + row + c, r3 + row + c, r4 + row + c, r5 + row + c, to + c, pointStride);
          while ((c += CHANNELS) < bytes);
        } else {
          do inputShort(r0 + row + c, r1 + row + c, r2 + row + c, r3 + row + c, to + c, pointStride);
          while ((c += CHANNELS) < bytes);
        }
      }
    }
  }
}

export function winogradOutputGradient(
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
  stride: i32,
  points: usize,
  pointStride: usize,
  blockStride: usize,
  scratch: usize,
): void {
  if (stride === 2) {
    stridedOutputGradient(image, height, width, channels, pixel, top, left, tileHeight, tileWidth, count, points, pointStride, blockStride, scratch);
    return;
  }
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
      for (let i = 0; i < 6; i = nextPoint(i, tileHeight)) {
        const to = points + <usize>tile * TILE_STRIDE + <usize>(6 * i) * pointStride;
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
