import { loadColumns, storeColumns } from './columns';

export function maxPool(
  x: usize,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  outputHeight: i32,
  outputWidth: i32,
  y: usize,
  argmax: usize,
): void {
  const pixel = (<usize>channels) << 2;
  for (let oy = 0; oy < outputHeight; oy++) {
    for (let ox = 0; ox < outputWidth; ox++, y += pixel, argmax += pixel) {
      const corner = x + <usize>(oy * strideHeight * width + ox * strideWidth) * pixel;
      for (let c = 0; c < channels; c += 4) {
        const valid = channels - c;
        const offset = (<usize>c) << 2;
        let largest = f32x4.splat(-Infinity);
        let place = i32x4.splat(0);
        for (let ky = 0; ky < kernelHeight; ky++) {
          let p = corner + <usize>(ky * width) * pixel + offset;
          for (let kx = 0; kx < kernelWidth; kx++, p += pixel) {
            const value = loadColumns(p, valid);
            const larger = v128.or(f32x4.gt(value, largest), f32x4.ne(value, value));
            largest = v128.bitselect(value, largest, larger);
            place = v128.bitselect(i32x4.splat(ky * kernelWidth + kx), place, larger);
          }
        }
        storeColumns(y + offset, largest, valid);
        storeColumns(argmax + offset, place, valid);
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
  outputHeight: i32,
  outputWidth: i32,
  dx: usize,
): void {
  const pixel = (<usize>channels) << 2;
  memory.fill(dx, 0, <usize>(height * width) * pixel);
  for (let oy = 0; oy < outputHeight; oy++) {
    for (let ox = 0; ox < outputWidth; ox++, dy += pixel, argmax += pixel) {
      const corner = dx + <usize>(oy * strideHeight * width + ox * strideWidth) * pixel;
      for (let c = 0; c < channels; c += 4) {
        const valid = channels - c;
        const offset = (<usize>c) << 2;
        const upstream = loadColumns(dy + offset, valid);
        const place = loadColumns(argmax + offset, valid);
        for (let ky = 0; ky < kernelHeight; ky++) {
          let p = corner + <usize>(ky * width) * pixel + offset;
          for (let kx = 0; kx < kernelWidth; kx++, p += pixel) {
            const chosen = i32x4.eq(place, i32x4.splat(ky * kernelWidth + kx));
            storeColumns(p, f32x4.add(loadColumns(p, valid), v128.and(upstream, chosen)), valid);
          }
        }
      }
    }
  }
}
