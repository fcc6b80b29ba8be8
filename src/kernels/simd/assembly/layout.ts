export function padImage(
  source: usize,
  height: i32,
  width: i32,
  channels: i32,
  target: usize,
  targetHeight: i32,
  targetWidth: i32,
  top: i32,
  left: i32,
): void {
  const pixel = (<usize>channels) << 2;
  memory.fill(target, 0, <usize>(targetHeight * targetWidth) * pixel);
  for (let y = 0; y < height; y++) {
    const targetY = top + y;
    if (targetY < 0 || targetY >= targetHeight) continue;
    const row = source + <usize>(y * width) * pixel;
    const targetRow = target + <usize>(targetY * targetWidth) * pixel;
    if (left >= 0 && left + width <= targetWidth) {
      memory.copy(targetRow + <usize>left * pixel, row, <usize>width * pixel);
      continue;
    }
    for (let x = 0; x < width; x++) {
      const targetX = left + x;
      if (targetX < 0 || targetX >= targetWidth) continue;
      memory.copy(targetRow + <usize>targetX * pixel, row + <usize>x * pixel, pixel);
    }
  }
}

export function spreadPixels(
  source: usize,
  lines: i32,
  perLine: i32,
  channels: usize,
  target: usize,
  lineStride: usize,
  stepStride: usize,
): void {
  const bytes = channels << 2;
  for (let line = 0; line < lines; line++, target += lineStride)
    for (let i = 0; i < perLine; i++, source += bytes) copyFloats(target + <usize>i * stepStride, source, bytes);
}

export function transpose(source: usize, rows: i32, columns: i32, target: usize): void {
  const rowBytes = (<usize>columns) << 2;
  for (let c = 0; c < columns; c++) {
    let from = source + ((<usize>c) << 2);
    for (let r = 0; r < rows; r++, from += rowBytes, target += 4) store<f32>(target, load<f32>(from));
  }
}

export function unfoldRows(
  source: usize,
  height: i32,
  width: i32,
  pixel: usize,
  bytes: usize,
  top: i32,
  left: i32,
  rows: i32,
  windows: i32,
  stride: i32,
  taps: i32,
  dilation: i32,
  target: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const y = top + r;
    if (y < 0 || y >= height) {
      const rowBytes = <usize>(windows * taps) * bytes;
      memory.fill(target, 0, rowBytes);
      target += rowBytes;
      continue;
    }
    const row = source + <usize>(y * width) * pixel;
    for (let w = 0; w < windows; w++) {
      let x = left + w * stride;
      for (let t = 0; t < taps; t++, x += dilation, target += bytes) {
        if (x < 0 || x >= width) memory.fill(target, 0, bytes);
        else copyFloats(target, row + <usize>x * pixel, bytes);
      }
    }
  }
}

/** Sooner done than memory.copy for a few floats. */
@inline
function copyFloats(target: usize, source: usize, bytes: usize): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(target + i, v128.load(source + i));
  for (; i < bytes; i += 4) store<f32>(target + i, load<f32>(source + i));
}
