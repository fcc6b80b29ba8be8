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
  spacingY: i32,
  spacingX: i32,
): void {
  const pixel = (<usize>channels) << 2;
  memory.fill(target, 0, <usize>(targetHeight * targetWidth) * pixel);
  for (let y = 0; y < height; y++) {
    const targetY = top + y * spacingY;
    if (targetY < 0 || targetY >= targetHeight) continue;
    const row = source + <usize>(y * width) * pixel;
    const targetRow = target + <usize>(targetY * targetWidth) * pixel;
    if (spacingX === 1 && left >= 0 && left + width <= targetWidth) {
      memory.copy(targetRow + <usize>left * pixel, row, <usize>width * pixel);
      continue;
    }
    for (let x = 0; x < width; x++) {
      const targetX = left + x * spacingX;
      if (targetX < 0 || targetX >= targetWidth) continue;
      memory.copy(targetRow + <usize>targetX * pixel, row + <usize>x * pixel, pixel);
    }
  }
}

export function transpose(source: usize, rows: i32, columns: i32, target: usize): void {
  const rowBytes = (<usize>columns) << 2;
  for (let c = 0; c < columns; c++) {
    let from = source + ((<usize>c) << 2);
    for (let r = 0; r < rows; r++, from += rowBytes, target += 4) store<f32>(target, load<f32>(from));
  }
}
