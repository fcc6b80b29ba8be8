const { fround } = Math;

export function columnSums(source: Float32Array, rows: number, columns: number, output: Float32Array): void {
  const sums = new Float64Array(columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) sums[c] += source[r * columns + c];
  output.set(sums);
}

export function columnMoments(
  x: Float32Array,
  y: Float32Array,
  rows: number,
  columns: number,
  sums: Float64Array,
): void {
  sums.fill(0, 0, 2 * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c;
      sums[c] += x[i];
      sums[columns + c] += x[i] * y[i];
    }
  }
}

export function scaleShift(
  x: Float32Array,
  rows: number,
  columns: number,
  scale: Float32Array,
  shift: Float32Array,
  y: Float32Array,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c;
      y[i] = fround(fround(x[i] * scale[c]) + shift[c]);
    }
  }
}

export function batchNormBackward(
  dy: Float32Array,
  x: Float32Array,
  rows: number,
  columns: number,
  coefficients: Float32Array,
  dx: Float32Array,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c;
      const [a, b, d] = [coefficients[c], coefficients[columns + c], coefficients[2 * columns + c]];
      dx[i] = fround(fround(fround(a * dy[i]) + fround(b * x[i])) + d);
    }
  }
}
