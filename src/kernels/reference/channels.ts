const { fround } = Math;

// Rows that are summed in float32 before their sum is added in float64.
const BLOCK = 16;

export function columnSums(
  source: Float32Array,
  rows: number,
  columns: number,
  stride: number,
  output: Float32Array,
  accumulate: boolean,
): void {
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    for (let r = 0; r < rows; ) {
      const end = Math.min(r + BLOCK, rows);
      let block = 0;
      for (; r < end; r++) block = fround(block + source[r * stride + c]);
      sum += block;
    }
    output[c] = accumulate ? output[c] + fround(sum) : sum;
  }
}

export function columnMoments(x: Float32Array, rows: number, columns: number, sums: Float64Array): void {
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    let squareSum = 0;
    for (let r = 0; r < rows; r += BLOCK) {
      const count = Math.min(BLOCK, rows - r);
      const first = x[r * columns + c];
      let differences = 0;
      let squares = 0;
      for (let i = 1; i < count; i++) {
        const difference = fround(x[(r + i) * columns + c] - first);
        differences = fround(differences + difference);
        squares = fround(squares + fround(difference * difference));
      }
      const blockSum = count * first + differences;
      sum += blockSum;
      squareSum += first * (blockSum + differences) + squares;
    }
    sums[c] = sum;
    sums[columns + c] = squareSum;
  }
}

export function gradientMoments(
  dy: Float32Array,
  x: Float32Array,
  center: Float32Array,
  rows: number,
  columns: number,
  sums: Float64Array,
): void {
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    let product = 0;
    for (let r = 0; r < rows; ) {
      const end = Math.min(r + BLOCK, rows);
      let blockSum = 0;
      let blockProduct = 0;
      for (; r < end; r++) {
        const i = r * columns + c;
        blockSum = fround(blockSum + dy[i]);
        blockProduct = fround(blockProduct + fround(dy[i] * fround(x[i] - center[c])));
      }
      sum += blockSum;
      product += blockProduct;
    }
    sums[c] = sum;
    sums[columns + c] = product;
  }
}

/** `value` of channel c, of so many channels, as an affine map takes it. */
export const affineOf = (value: number, affine: Float32Array, channels: number, c: number): number =>
  fround(fround(fround(value - affine[c]) * affine[channels + c]) + affine[2 * channels + c]);

export function scaleShift(
  x: Float32Array,
  rows: number,
  columns: number,
  affine: Float32Array,
  y: Float32Array,
): void {
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) y[r * columns + c] = affineOf(x[r * columns + c], affine, columns, c);
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
