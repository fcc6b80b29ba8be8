import { reluBackward } from './elementwise.js';

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

export function rectifiedGradientMoments(
  y: Float32Array,
  dy: Float32Array,
  x: Float32Array,
  center: Float32Array,
  rows: number,
  columns: number,
  sums: Float64Array,
): void {
  reluBackward(y, dy, dy);
  gradientMoments(dy, x, center, rows, columns, sums);
}
