export function padImage(
  source: Float32Array,
  height: number,
  width: number,
  channels: number,
  target: Float32Array,
  targetHeight: number,
  targetWidth: number,
  top: number,
  left: number,
  spacingY: number,
  spacingX: number,
): void {
  target.fill(0, 0, targetHeight * targetWidth * channels);
  for (let y = 0; y < height; y++) {
    const targetY = top + y * spacingY;
    if (targetY < 0 || targetY >= targetHeight) continue;
    for (let x = 0; x < width; x++) {
      const targetX = left + x * spacingX;
      if (targetX < 0 || targetX >= targetWidth) continue;
      for (let c = 0; c < channels; c++)
        target[(targetY * targetWidth + targetX) * channels + c] = source[(y * width + x) * channels + c];
    }
  }
}

export function transpose(source: Float32Array, rows: number, columns: number, target: Float32Array): void {
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) target[c * rows + r] = source[r * columns + c];
}
