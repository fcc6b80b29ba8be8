import { storePair } from './columns';

// Windows of taps on some channels of an image, whose pixels lie `pixel` bytes apart.

export function zeroColumns(target: usize, rows: i32, bytes: usize, stride: usize): void {
  if (rows === 1) memory.fill(target, 0, bytes);
  else for (let r = 0; r < rows; r++, target += stride) zero(target, bytes);
}

// The innermost loops test at their end: V8 of Node 20 moves nothing out of others.
@inline
function zero(target: usize, bytes: usize): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(target + i, f32x4.splat(0));
  for (; i < bytes; i += 4) store<f32>(target + i, 0);
}

@inline
function copy(target: usize, source: usize, bytes: usize): void {
  let i: usize = 0;
  if (bytes >= 32)
    do {
      storePair(target + i, v128.load(source + i), v128.load(source + i, 16));
      i += 32;
    } while (i + 32 <= bytes);
  for (; i + 16 <= bytes; i += 16) v128.store(target + i, v128.load(source + i));
  for (; i < bytes; i += 4) store<f32>(target + i, load<f32>(source + i));
}

@inline
function addTo(target: usize, source: usize, bytes: usize): void {
  let i: usize = 0;
  for (; i + 32 <= bytes; i += 32) {
    const sum0 = f32x4.add(v128.load(target + i), v128.load(source + i));
    const sum1 = f32x4.add(v128.load(target + i, 16), v128.load(source + i, 16));
    storePair(target + i, sum0, sum1);
  }
  for (; i + 16 <= bytes; i += 16) v128.store(target + i, f32x4.add(v128.load(target + i), v128.load(source + i)));
  for (; i < bytes; i += 4) store<f32>(target + i, load<f32>(target + i) + load<f32>(source + i));
}

export function unfold(
  image: usize,
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
  pixel: usize,
  target: usize,
  windowStride: usize,
  tapStride: usize,
): void {
  const bytes = <usize>channels << 2;
  for (let oy = 0; oy < outputHeight; oy++) {
    for (let ox = 0; ox < outputWidth; ox++, target += windowStride) {
      let place = target;
      let y = oy * strideHeight - paddingHeight;
      for (let ky = 0; ky < kernelHeight; ky++, y += dilationHeight) {
        let x = ox * strideWidth - paddingWidth;
        for (let kx = 0; kx < kernelWidth; kx++, x += dilationWidth, place += tapStride) {
          if (y < 0 || y >= height || x < 0 || x >= width) zero(place, bytes);
          else copy(place, image + <usize>(y * width + x) * pixel, bytes);
        }
      }
    }
  }
}

export function fold(
  columns: usize,
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
  windowStride: usize,
  tapStride: usize,
  image: usize,
  pixel: usize,
): void {
  const bytes = <usize>channels << 2;
  zeroColumns(image, height * width, bytes, pixel);
  for (let ky = 0; ky < kernelHeight; ky++) {
    for (let kx = 0; kx < kernelWidth; kx++, columns += tapStride) {
      for (let oy = 0; oy < outputHeight; oy++) {
        const y = oy * strideHeight - paddingHeight + ky * dilationHeight;
        if (y < 0 || y >= height) continue;
        for (let ox = 0; ox < outputWidth; ox++) {
          const x = ox * strideWidth - paddingWidth + kx * dilationWidth;
          if (x < 0 || x >= width) continue;
          const source = columns + <usize>(oy * outputWidth + ox) * windowStride;
          addTo(image + <usize>(y * width + x) * pixel, source, bytes);
        }
      }
    }
  }
}
