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

export function columnMoments(
  x: Float32Array,
  y: Float32Array,
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
        blockSum = fround(blockSum + x[i]);
        blockProduct = fround(blockProduct + fround(x[i] * y[i]));
      }
      sum += blockSum;
      product += blockProduct;
    }
    sums[c] = sum;
    sums[columns + c] = product;
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
  mask: number,
  dx: Float32Array,
): void {
  const factor = fround(mask);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c;
      const [a, b, d] = [coefficients[c], coefficients[columns + c], coefficients[2 * columns + c]];
      const gradient = fround(fround(fround(a * dy[i]) + fround(b * x[i])) + d);
      if (mask === 0) dx[i] = gradient;
      else dx[i] = x[i] <= 0 ? 0 : gradient * factor;
    }
  }
}
