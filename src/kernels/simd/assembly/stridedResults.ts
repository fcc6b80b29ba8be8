// From points back to pixels, as ./winogradResults.ts, for stride 2.
import { inputGradientLong, inputGradientShort, outputLong, outputShort } from './stridedMaps';
import { AFFINE, AS_IS, FLOORED } from './winogradVectors';
import {
  CHANNELS,
  endOfInputPoints,
  endOfOutputPoints,
  INPUT_LINE,
  nextPoint,
  OUTPUT_LINE,
  ROW,
  TILE_STRIDE,
} from './points';
import { COLUMN } from './strided';

export function stridedOutput(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  height: i32,
  width: i32,
  channels: usize,
  pixel: usize,
  top: i32,
  left: i32,
  tileHeight: i32,
  tileWidth: i32,
  count: i32,
  bias: usize,
  floor: f32,
  affine: usize,
  affineFloor: f32,
  affineCeiling: f32,
  image: usize,
  scratch: usize,
): void {
  const lowest = f32x4.splat(floor);
  const affineLowest = f32x4.splat(affineFloor);
  const affineHighest = f32x4.splat(affineCeiling);
  const none = f32x4.splat(0);
  const rows = min(tileHeight, height - top);
  memory.fill(scratch, 0, ROW);
  const mapped = scratch + ROW;
  const line = mapped + 9 * COLUMN;
  for (let block: usize = 0; block < channels; block += ROW, points += blockStride) {
    const bytes = min(ROW, channels - block);
    for (let tile = 0; tile < count; tile++) {
      const source = points + <usize>tile * TILE_STRIDE;
      for (let j = 0; j < endOfOutputPoints(tileWidth); j = nextPoint(j, tileWidth)) {
        const p = source + <usize>j * pointStride;
        const q = mapped + <usize>j * COLUMN;
        let c: usize = 0;
        if (tileHeight === 4) {
          do outputLong(p + c, OUTPUT_LINE * pointStride, q + c, ROW, AS_IS, 0, none, 0, 0, none, none);
          while ((c += CHANNELS) < bytes);
        } else {
          do outputShort(p + c, OUTPUT_LINE * pointStride, q + c, ROW, AS_IS, 0, none, 0, 0, none, none);
          while ((c += CHANNELS) < bytes);
        }
      }
      const x = left + tile * tileWidth;
      const inside = min(tileWidth, width - x);
      for (let i = 0; i < rows; i++) {
        const p = mapped + <usize>i * ROW;
        const pixels = image + <usize>((top + i) * width + x) * pixel + block;
        // A tile that reaches beyond the image is made aside.
        const q = inside === tileWidth ? pixels : line;
        const to = inside === tileWidth ? pixel : ROW;
        const b = bias ? bias + block : scratch;
        const map = affine + block;
        let c: usize = 0;
        if (tileWidth === 4) {
          if (affine) {
            do outputLong(p + c, COLUMN, q + c, to, AFFINE, b + c, lowest, map + c, pixel, affineLowest, affineHighest);
            while ((c += CHANNELS) < bytes);
          } else {
            do outputLong(p + c, COLUMN, q + c, to, FLOORED, b + c, lowest, 0, 0, none, none);
            while ((c += CHANNELS) < bytes);
          }
        } else {
          if (affine) {
            do outputShort(p + c, COLUMN, q + c, to, AFFINE, b + c, lowest, map + c, pixel, affineLowest, affineHighest);
            while ((c += CHANNELS) < bytes);
          } else {
            do outputShort(p + c, COLUMN, q + c, to, FLOORED, b + c, lowest, 0, 0, none, none);
            while ((c += CHANNELS) < bytes);
          }
        }
        if (q === line)
          for (let k = 0; k < inside; k++) memory.copy(pixels + <usize>k * pixel, line + <usize>k * ROW, bytes);
      }
    }
  }
}

export function stridedInputGradient(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  height: i32,
  width: i32,
  channels: usize,
  pixel: usize,
  top: i32,
  left: i32,
  tileHeight: i32,
  tileWidth: i32,
  count: i32,
  image: usize,
  scratch: usize,
): void {
  const columns = 2 * tileWidth + 1;
  const firstRow = max(0, -top);
  const lastRow = min(2 * tileHeight + 1, height - top);
  const mapped = scratch + ROW;
  const line = mapped + 9 * COLUMN;
  for (let block: usize = 0; block < channels; block += ROW, points += blockStride) {
    const bytes = min(ROW, channels - block);
    for (let tile = 0; tile < count; tile++) {
      const source = points + <usize>tile * TILE_STRIDE;
      for (let j = 0; j < endOfInputPoints(tileWidth); j = nextPoint(j, tileWidth)) {
        const p = source + <usize>j * pointStride;
        const q = mapped + <usize>j * COLUMN;
        let c: usize = 0;
        if (tileHeight === 4) {
          do inputGradientLong(p + c, INPUT_LINE * pointStride, q + c, ROW, false);
          while ((c += CHANNELS) < bytes);
        } else {
          do inputGradientShort(p + c, INPUT_LINE * pointStride, q + c, ROW, false);
          while ((c += CHANNELS) < bytes);
        }
      }
      const x = left + 2 * tile * tileWidth;
      const first = max(0, -x);
      const last = min(columns, width - x);
      const inside = first === 0 && last === columns;
      for (let i = firstRow; i < lastRow; i++) {
        const p = mapped + <usize>i * ROW;
        const pixels = image + <usize>((top + i) * width + x) * pixel + block;
        // A tile that reaches beyond the image is made aside.
        const q = inside ? pixels : line;
        const to = inside ? pixel : ROW;
        if (!inside)
          for (let k = first; k < last; k++) memory.copy(line + <usize>k * ROW, pixels + <usize>k * pixel, bytes);
        let c: usize = 0;
        if (tileWidth === 4) {
          do inputGradientLong(p + c, COLUMN, q + c, to, true);
          while ((c += CHANNELS) < bytes);
        } else {
          do inputGradientShort(p + c, COLUMN, q + c, to, true);
          while ((c += CHANNELS) < bytes);
        }
        if (!inside)
          for (let k = first; k < last; k++) memory.copy(pixels + <usize>k * pixel, line + <usize>k * ROW, bytes);
      }
    }
  }
}
