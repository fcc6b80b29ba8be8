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
} from './winogradMaps';
import { channelOffset, TILE_STRIDE } from './points';

// Eight channels at a time. Scratch memory holds, after eight zeros that stand for pixels outside the image, what the
// vertical maps made: for each column, or for each row, six vectors of eight channels.
const CHANNELS: usize = 32;
const SIX: usize = 6 * CHANNELS;

// Of the six points a short tile has 0, 1, −1 and ∞.
@inline
function nextPoint(point: i32, outputs: i32): i32 {
  return outputs === 2 && point === 2 ? 5 : point + 1;
}

/** Where the pixel row begins; for one outside the image, eight zeros. */
@inline
function rowOf(image: usize, y: i32, height: i32, rowBytes: usize, zeros: usize): usize {
  return y >= 0 && y < height ? image + <usize>y * rowBytes : zeros;
}

/** All ones for a pixel row inside the image, else 0: what a column's offset is masked with. */
@inline
function maskOf(y: i32, height: i32): usize {
  return y >= 0 && y < height ? <usize>-1 : 0;
}

export function winogradInput(
  image: usize,
  height: i32,
  width: i32,
  channels: i32,
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
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>width * pixel;
  const columns = count * tileWidth + 2;
  memory.fill(scratch, 0, CHANNELS);
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
  const mapped = scratch + CHANNELS;
  for (let c: usize = 0; c < pixel; c += CHANNELS) {
    let q = mapped;
    for (let x = left; x < left + columns; x++, q += SIX) {
      const o = <usize>x * pixel + c;
      if (x < 0 || x >= width) memory.fill(q, 0, SIX);
      else if (tileHeight === 4)
        inputLong(
          p0 + (o & m0),
          p1 + (o & m1),
          p2 + (o & m2),
          p3 + (o & m3),
          p4 + (o & m4),
          p5 + (o & m5),
          q,
          CHANNELS,
        );
      else inputShort(p0 + (o & m0), p1 + (o & m1), p2 + (o & m2), p3 + (o & m3), q, CHANNELS);
    }
    let p = mapped;
    let target = points + channelOffset(c, blockStride);
    for (let tile = 0; tile < count; tile++, p += <usize>tileWidth * SIX, target += TILE_STRIDE) {
      for (let i = 0; i < 6; i = nextPoint(i, tileHeight)) {
        const r = p + <usize>i * CHANNELS;
        const to = target + <usize>(6 * i) * pointStride;
        if (tileWidth === 4)
          inputLong(r, r + SIX, r + 2 * SIX, r + 3 * SIX, r + 4 * SIX, r + 5 * SIX, to, pointStride);
        else inputShort(r, r + SIX, r + 2 * SIX, r + 3 * SIX, to, pointStride);
      }
    }
  }
}

export function winogradOutputGradient(
  image: usize,
  height: i32,
  width: i32,
  channels: i32,
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
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>width * pixel;
  const columns = count * tileWidth;
  memory.fill(scratch, 0, CHANNELS);
  const p0 = rowOf(image, top, height, rowBytes, scratch);
  const p1 = rowOf(image, top + 1, height, rowBytes, scratch);
  const p2 = rowOf(image, top + 2, height, rowBytes, scratch);
  const p3 = rowOf(image, top + 3, height, rowBytes, scratch);
  const m0 = maskOf(top, height);
  const m1 = maskOf(top + 1, height);
  const m2 = maskOf(top + 2, height);
  const m3 = maskOf(top + 3, height);
  const mapped = scratch + CHANNELS;
  for (let c: usize = 0; c < pixel; c += CHANNELS) {
    let q = mapped;
    for (let x = left; x < left + columns; x++, q += SIX) {
      const o = <usize>x * pixel + c;
      if (x >= width) memory.fill(q, 0, SIX);
      else if (tileHeight === 4)
        outputGradientLong(p0 + (o & m0), p1 + (o & m1), p2 + (o & m2), p3 + (o & m3), q, CHANNELS);
      else outputGradientShort(p0 + (o & m0), p1 + (o & m1), q, CHANNELS);
    }
    let p = mapped;
    let target = points + channelOffset(c, blockStride);
    for (let tile = 0; tile < count; tile++, p += <usize>tileWidth * SIX, target += TILE_STRIDE) {
      for (let i = 0; i < 6; i = nextPoint(i, tileHeight)) {
        const r = p + <usize>i * CHANNELS;
        const to = target + <usize>(6 * i) * pointStride;
        if (tileWidth === 4) outputGradientLong(r, r + SIX, r + 2 * SIX, r + 3 * SIX, to, pointStride);
        else outputGradientShort(r, r + SIX, to, pointStride);
      }
    }
  }
}

export function winogradOutput(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  tileHeight: i32,
  tileWidth: i32,
  count: i32,
  bias: usize,
  floor: f32,
  scale: usize,
  shift: usize,
  image: usize,
  scratch: usize,
): void {
  const pixel = <usize>channels << 2;
  const line = scratch + 4 * SIX;
  const lowest = f32x4.splat(floor);
  const rows = min(tileHeight, height - top);
  for (let c: usize = 0; c < pixel; c += CHANNELS) {
    const low = bias ? v128.load(bias + c) : f32x4.splat(0);
    const high = bias ? v128.load(bias + c, 16) : f32x4.splat(0);
    // Times 1 plus −0 leaves every number as it is.
    const lowScale = scale ? v128.load(scale + c) : f32x4.splat(1);
    const highScale = scale ? v128.load(scale + c, 16) : f32x4.splat(1);
    const lowShift = scale ? v128.load(shift + c) : f32x4.splat(-0.0);
    const highShift = scale ? v128.load(shift + c, 16) : f32x4.splat(-0.0);
    let source = points + channelOffset(c, blockStride);
    for (let tile = 0; tile < count; tile++, source += TILE_STRIDE) {
      for (let j = 0; j < 6; j = nextPoint(j, tileWidth)) {
        const p = source + <usize>j * pointStride;
        const q = scratch + <usize>j * CHANNELS;
        if (tileHeight === 4)
          outputLong(p, 6 * pointStride, q, SIX);
        else outputShort(p, 6 * pointStride, q, SIX);
      }
      const x = left + tile * tileWidth;
      const end = line + <usize>min(tileWidth, width - x) * CHANNELS;
      for (let i = 0; i < rows; i++) {
        const p = scratch + <usize>i * SIX;
        if (tileWidth === 4) outputLong(p, CHANNELS, line, CHANNELS);
        else outputShort(p, CHANNELS, line, CHANNELS);
        let q = image + <usize>((top + i) * width + x) * pixel + c;
        for (let r = line; r < end; r += CHANNELS, q += pixel) {
          const y0 = f32x4.max(f32x4.add(v128.load(r), low), lowest);
          const y1 = f32x4.max(f32x4.add(v128.load(r, 16), high), lowest);
          v128.store(q, f32x4.add(f32x4.mul(y0, lowScale), lowShift));
          v128.store(q, f32x4.add(f32x4.mul(y1, highScale), highShift), 16);
        }
      }
    }
  }
}

export function winogradInputGradient(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  tileHeight: i32,
  tileWidth: i32,
  count: i32,
  image: usize,
  scratch: usize,
): void {
  const pixel = <usize>channels << 2;
  const line = scratch + 6 * SIX;
  const firstRow = max(0, -top);
  const lastRow = min(tileHeight + 2, height - top);
  for (let c: usize = 0; c < pixel; c += CHANNELS) {
    let source = points + channelOffset(c, blockStride);
    for (let tile = 0; tile < count; tile++, source += TILE_STRIDE) {
      for (let j = 0; j < 6; j = nextPoint(j, tileWidth)) {
        const p = source + <usize>j * pointStride;
        const q = scratch + <usize>j * CHANNELS;
        if (tileHeight === 4) inputGradientLong(p, 6 * pointStride, q, SIX);
        else inputGradientShort(p, 6 * pointStride, q, SIX);
      }
      const x = left + tile * tileWidth;
      const first = max(0, -x);
      const end = line + <usize>min(tileWidth + 2, width - x) * CHANNELS;
      for (let i = firstRow; i < lastRow; i++) {
        const p = scratch + <usize>i * SIX;
        if (tileWidth === 4) inputGradientLong(p, CHANNELS, line, CHANNELS);
        else inputGradientShort(p, CHANNELS, line, CHANNELS);
        let q = image + <usize>((top + i) * width + x + first) * pixel + c;
        for (let r = line + <usize>first * CHANNELS; r < end; r += CHANNELS, q += pixel) {
          const dx0 = f32x4.add(v128.load(q), v128.load(r));
          const dx1 = f32x4.add(v128.load(q, 16), v128.load(r, 16));
          v128.store(q, dx0);
          v128.store(q, dx1, 16);
        }
      }
    }
  }
}

export function winogradWeights(
  weight: usize,
  tapStride: usize,
  rows: i32,
  rowStride: usize,
  panel: usize,
  pointStride: usize,
  scratch: usize,
): void {
  for (let row = 0; row < rows; row++, weight += rowStride, panel += CHANNELS) {
    for (let j: usize = 0; j < 3; j++)
      weights(weight + j * tapStride, 3 * tapStride, scratch + j * CHANNELS, SIX);
    for (let i: usize = 0; i < 6; i++)
      weights(scratch + i * SIX, CHANNELS, panel + 6 * i * pointStride, pointStride);
  }
}

export function winogradWeightGradient(
  points: usize,
  pointStride: usize,
  count: i32,
  gradient: usize,
  scratch: usize,
): void {
  const tapStride = <usize>count << 2;
  for (let w: usize = 0; w < tapStride; w += CHANNELS) {
    for (let j: usize = 0; j < 6; j++)
      weightGradients(points + w + j * pointStride, 6 * pointStride, scratch + j * CHANNELS, SIX);
    for (let i: usize = 0; i < 3; i++)
      weightGradients(scratch + i * SIX, CHANNELS, gradient + w + 3 * i * tapStride, tapStride);
  }
}
