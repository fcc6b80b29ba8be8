import { loadColumns, storeColumns, storeFour } from './columns';
import { placesBefore } from './places';

// Sixteen channels at a time, in pairs of vectors used alike, and what is left in fours.
const SIXTEEN: usize = 64;

/** All ones where a value takes the place of the largest so far: a larger one, or NaN. */
@inline
export function wins(value: v128, largest: v128): v128 {
  return v128.or(f32x4.gt(value, largest), f32x4.ne(value, value));
}

/** The place behind the last one of a window that lies in the image. Most windows have all of theirs there. */
@inline
function endOf(length: i32, start: i32, dilation: i32, kernel: i32): i32 {
  const last = <i64>start + <i64>(kernel - 1) * dilation;
  return last < length ? kernel : placesBefore(length, start, dilation, kernel);
}

export function maxPool(
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  paddingHeight: i32,
  paddingWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  outputHeight: i32,
  outputWidth: i32,
  y: usize,
  argmax: usize,
): void {
  const pixel = <usize>channels << 2;
  const step = <usize>dilationWidth * pixel;
  const line = <usize>(dilationHeight * width) * pixel;
  for (let oy = 0; oy < outputHeight; oy++) {
    const top = oy * strideHeight - paddingHeight;
    const firstY = placesBefore(0, top, dilationHeight, kernelHeight);
    const endY = endOf(height, top, dilationHeight, kernelHeight);
    const row = x + <usize>((top + firstY * dilationHeight) * width) * pixel;
    for (let ox = 0; ox < outputWidth; ox++, y += pixel, argmax += pixel) {
      const left = ox * strideWidth - paddingWidth;
      const firstX = placesBefore(0, left, dilationWidth, kernelWidth);
      const endX = endOf(width, left, dilationWidth, kernelWidth);
      const corner = row + <usize>(left + firstX * dilationWidth) * pixel;
      const hasPlaces = firstY < endY && firstX < endX;
      const firstPlace = i32x4.splat(hasPlaces ? firstY * kernelWidth + firstX : 0);
      let c: usize = 0;
      for (; c + SIXTEEN <= pixel; c += SIXTEEN) {
        let y0 = f32x4.splat(-Infinity);
        let y1 = f32x4.splat(-Infinity);
        let y2 = f32x4.splat(-Infinity);
        let y3 = f32x4.splat(-Infinity);
        let a0 = firstPlace;
        let a1 = firstPlace;
        let a2 = firstPlace;
        let a3 = firstPlace;
        let first = corner + c;
        for (let ky = firstY; ky < endY; ky++, first += line) {
          let p = first;
          for (let kx = firstX; kx < endX; kx++, p += step) {
            const place = i32x4.splat(ky * kernelWidth + kx);
            const v0 = v128.load(p);
            const v1 = v128.load(p, 16);
            const v2 = v128.load(p, 32);
            const v3 = v128.load(p, 48);
            const w0 = wins(v0, y0);
            const w1 = wins(v1, y1);
            const w2 = wins(v2, y2);
            const w3 = wins(v3, y3);
            y0 = v128.bitselect(v0, y0, w0);
            y1 = v128.bitselect(v1, y1, w1);
            y2 = v128.bitselect(v2, y2, w2);
            y3 = v128.bitselect(v3, y3, w3);
            a0 = v128.bitselect(place, a0, w0);
            a1 = v128.bitselect(place, a1, w1);
            a2 = v128.bitselect(place, a2, w2);
            a3 = v128.bitselect(place, a3, w3);
          }
        }
        storeFour(y + c, y0, y1, y2, y3);
        storeFour(argmax + c, a0, a1, a2, a3);
      }
      for (; c < pixel; c += 16) {
        const valid = <i32>((pixel - c) >> 2);
        let largest = f32x4.splat(-Infinity);
        let argument = firstPlace;
        let first = corner + c;
        for (let ky = firstY; ky < endY; ky++, first += line) {
          let p = first;
          for (let kx = firstX; kx < endX; kx++, p += step) {
            const value = loadColumns(p, valid);
            const larger = wins(value, largest);
            largest = v128.bitselect(value, largest, larger);
            argument = v128.bitselect(i32x4.splat(ky * kernelWidth + kx), argument, larger);
          }
        }
        storeColumns(y + c, largest, valid);
        storeColumns(argmax + c, argument, valid);
      }
    }
  }
}

export function maxPoolBackward(
  dy: usize,
  argmax: usize,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  paddingHeight: i32,
  paddingWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  outputHeight: i32,
  outputWidth: i32,
  dx: usize,
): void {
  const pixel = <usize>channels << 2;
  memory.fill(dx, 0, <usize>(height * width) * pixel);
  const step = <usize>dilationWidth * pixel;
  const line = <usize>(dilationHeight * width) * pixel;
  for (let oy = 0; oy < outputHeight; oy++) {
    const top = oy * strideHeight - paddingHeight;
    const firstY = placesBefore(0, top, dilationHeight, kernelHeight);
    const endY = endOf(height, top, dilationHeight, kernelHeight);
    const row = dx + <usize>((top + firstY * dilationHeight) * width) * pixel;
    for (let ox = 0; ox < outputWidth; ox++, dy += pixel, argmax += pixel) {
      const left = ox * strideWidth - paddingWidth;
      const firstX = placesBefore(0, left, dilationWidth, kernelWidth);
      const endX = endOf(width, left, dilationWidth, kernelWidth);
      const corner = row + <usize>(left + firstX * dilationWidth) * pixel;
      let c: usize = 0;
      for (; c + SIXTEEN <= pixel; c += SIXTEEN) {
        const d0 = v128.load(dy + c);
        const d1 = v128.load(dy + c, 16);
        const d2 = v128.load(dy + c, 32);
        const d3 = v128.load(dy + c, 48);
        const a0 = v128.load(argmax + c);
        const a1 = v128.load(argmax + c, 16);
        const a2 = v128.load(argmax + c, 32);
        const a3 = v128.load(argmax + c, 48);
        let first = corner + c;
        for (let ky = firstY; ky < endY; ky++, first += line) {
          let p = first;
          for (let kx = firstX; kx < endX; kx++, p += step) {
            const place = i32x4.splat(ky * kernelWidth + kx);
            const x0 = v128.load(p);
            const x1 = v128.load(p, 16);
            const x2 = v128.load(p, 32);
            const x3 = v128.load(p, 48);
            const sum0 = f32x4.add(x0, v128.and(d0, i32x4.eq(a0, place)));
            const sum1 = f32x4.add(x1, v128.and(d1, i32x4.eq(a1, place)));
            const sum2 = f32x4.add(x2, v128.and(d2, i32x4.eq(a2, place)));
            const sum3 = f32x4.add(x3, v128.and(d3, i32x4.eq(a3, place)));
            storeFour(p, sum0, sum1, sum2, sum3);
          }
        }
      }
      for (; c < pixel; c += 16) {
        const valid = <i32>((pixel - c) >> 2);
        const upstream = loadColumns(dy + c, valid);
        const place = loadColumns(argmax + c, valid);
        let first = corner + c;
        for (let ky = firstY; ky < endY; ky++, first += line) {
          let p = first;
          for (let kx = firstX; kx < endX; kx++, p += step) {
            const chosen = i32x4.eq(place, i32x4.splat(ky * kernelWidth + kx));
            storeColumns(p, f32x4.add(loadColumns(p, valid), v128.and(upstream, chosen)), valid);
          }
        }
      }
    }
  }
}
