const { fround } = Math;

/** `value` of channel c, of so many channels, as an affine map takes it. */
export const affineOf = (value: number, affine: Float32Array, channels: number, c: number): number =>
  fround(fround(fround(value - affine[c]) * affine[channels + c]) + affine[2 * channels + c]);

export function scaleShift(
  x: Float32Array,
  rows: number,
  columns: number,
  affine: Float32Array,
  floor: number,
  y: Float32Array,
): void {
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c;
      y[i] = Math.max(affineOf(x[i], affine, columns, c), floor);
    }
}

export function scaleShiftAdd(
  x: Float32Array,
  rows: number,
  columns: number,
  affine: Float32Array,
  residual: Float32Array,
  floor: number,
  y: Float32Array,
): void {
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c;
      y[i] = Math.max(fround(affineOf(x[i], affine, columns, c) + residual[i]), floor);
    }
}

export function batchNormBackward(
  dy: Float32Array,
  x: Float32Array,
  rows: number,
  columns: number,
  coefficients: Float32Array,
  mask: number,
  dx: Float32Array,
): void {
  const factor = fround(mask);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c;
      const [center, a] = [coefficients[c], coefficients[columns + c]];
      const [b, d] = [coefficients[2 * columns + c], coefficients[3 * columns + c]];
      const gradient = fround(fround(fround(a * dy[i]) + d) + fround(b * fround(x[i] - center)));
      if (mask === 0) dx[i] = gradient;
      else dx[i] = x[i] <= 0 ? 0 : gradient * factor;
    }
  }
}
