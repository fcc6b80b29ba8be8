import type { Patches } from '../kernels.js';

const { fround } = Math;

export function packPanels(
  source: Float32Array,
  rows: number,
  columns: number,
  rowStride: number,
  columnStride: number,
  panels: Float32Array,
  row: number,
  depth: number,
): void {
  for (let first = 0; first < columns; first += 8) {
    for (let k = 0; k < rows; k++) {
      const target = first * depth + (row + k) * 8;
      for (let j = 0; j < 8; j++) {
        const n = first + j;
        panels[target + j] = n < columns ? source[k * rowStride + n * columnStride] : 0;
      }
    }
  }
}

/** Where row m of the patches starts; past the last row, where the last one does. */
function rowStart(patches: Patches, m: number): number {
  const row = Math.min(m, patches.lines * patches.perLine - 1);
  const line = Math.floor(row / patches.perLine);
  return line * patches.lineStride + (row - line * patches.perLine) * patches.stepStride;
}

/** Where column k of the patches lies in a row; past the last column, where the last one does. */
function columnOffset(patches: Patches, k: number): number {
  const column = Math.min(k, patches.runs * patches.runLength - 1);
  const run = Math.floor(column / patches.runLength);
  return run * patches.runStride + column - run * patches.runLength;
}

// Terms that are summed before the sum is added to the total. Short sums keep the rounding errors small: they grow with
// the square root of the number of terms, here √32 + √(K / 32) instead of √K, the least for K near 1,000.
const BLOCK = 32;

// The totals of a 4×4 tile, row by row, between what they begin with and the output.
const tile = new Float32Array(16);

export function gemm(
  a: Float32Array,
  patches: Patches,
  panels: Float32Array,
  bias: Float32Array | undefined,
  output: Float32Array,
  columns: number,
  outputStride: number,
): void {
  const { runs, runLength } = patches;
  const rows = patches.lines * patches.perLine;
  const depth = runs * runLength;
  for (let n = 0; n < columns; n += 4) {
    const b = (n - (n % 8)) * depth + (n % 8);
    for (let m = 0; m < rows; m += 4) {
      const a0 = rowStart(patches, m);
      const a1 = rowStart(patches, m + 1) - a0;
      const a2 = rowStart(patches, m + 2) - a0;
      const a3 = rowStart(patches, m + 3) - a0;
      for (let i = 0; i < 16; i++) tile[i] = bias && n + (i % 4) < columns ? bias[n + (i % 4)] : 0;
      for (let run = 0; run < runs; run++) {
        const start = a0 + run * patches.runStride;
        multiplyTile(a, start, a1, a2, a3, 1, runLength, panels, b + 8 * run * runLength);
      }
      for (let i = 0; i < 4 && m + i < rows; i++)
        for (let j = 0; j < 4 && n + j < columns; j++) output[(m + i) * outputStride + n + j] = tile[4 * i + j];
    }
  }
}

/** Adds to the tile `length` terms of four rows of A times four columns of B, summed in blocks. The rows' terms are a[a0], a[a0 + step], …, those of
 * the second to fourth row a1, a2 and a3 behind them; the columns' are panels[b], panels[b + 8], …. */
function multiplyTile(
  a: Float32Array,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  step: number,
  length: number,
  panels: Float32Array,
  b: number,
): void {
  const last = b + 8 * length;
  let p = a0;
  let k = b;
  while (k < last) {
    const end = Math.min(k + 8 * BLOCK, last);
    let c00 = 0;
    let c01 = 0;
    let c02 = 0;
    let c03 = 0;
    let c10 = 0;
    let c11 = 0;
    let c12 = 0;
    let c13 = 0;
    let c20 = 0;
    let c21 = 0;
    let c22 = 0;
    let c23 = 0;
    let c30 = 0;
    let c31 = 0;
    let c32 = 0;
    let c33 = 0;
    for (; k < end; p += step, k += 8) {
      const b0 = panels[k];
      const b1 = panels[k + 1];
      const b2 = panels[k + 2];
      const b3 = panels[k + 3];
      const x0 = a[p];
      const x1 = a[p + a1];
      const x2 = a[p + a2];
      const x3 = a[p + a3];
      c00 = fround(c00 + fround(x0 * b0));
      c01 = fround(c01 + fround(x0 * b1));
      c02 = fround(c02 + fround(x0 * b2));
      c03 = fround(c03 + fround(x0 * b3));
      c10 = fround(c10 + fround(x1 * b0));
      c11 = fround(c11 + fround(x1 * b1));
      c12 = fround(c12 + fround(x1 * b2));
      c13 = fround(c13 + fround(x1 * b3));
      c20 = fround(c20 + fround(x2 * b0));
      c21 = fround(c21 + fround(x2 * b1));
      c22 = fround(c22 + fround(x2 * b2));
      c23 = fround(c23 + fround(x2 * b3));
      c30 = fround(c30 + fround(x3 * b0));
      c31 = fround(c31 + fround(x3 * b1));
      c32 = fround(c32 + fround(x3 * b2));
      c33 = fround(c33 + fround(x3 * b3));
    }
    tile[0] += c00;
    tile[1] += c01;
    tile[2] += c02;
    tile[3] += c03;
    tile[4] += c10;
    tile[5] += c11;
    tile[6] += c12;
    tile[7] += c13;
    tile[8] += c20;
    tile[9] += c21;
    tile[10] += c22;
    tile[11] += c23;
    tile[12] += c30;
    tile[13] += c31;
    tile[14] += c32;
    tile[15] += c33;
  }
}

export function gemmTransposed(
  a: Float32Array,
  patches: Patches,
  panels: Float32Array,
  packed: Float32Array,
  output: Float32Array,
  columns: number,
  outputStride: number,
  accumulate: boolean,
): void {
  const rows = patches.lines * patches.perLine;
  const depth = patches.runs * patches.runLength;
  for (let k = 0; k < depth; k += 4) {
    packColumns(a, patches, k, packed);
    for (let n = 0; n < columns; n += 4) {
      tile.fill(0);
      if (accumulate)
        for (let i = 0; i < 4 && k + i < depth; i++)
          for (let j = 0; j < 4 && n + j < columns; j++) tile[4 * i + j] = output[(k + i) * outputStride + n + j];
      multiplyTile(packed, 0, 1, 2, 3, 4, rows, panels, (n - (n % 8)) * rows + (n % 8));
      for (let i = 0; i < 4 && k + i < depth; i++)
        for (let j = 0; j < 4 && n + j < columns; j++) output[(k + i) * outputStride + n + j] = tile[4 * i + j];
    }
  }
}

/** packed[4m…] = columns k…k+3 of A's row m; past the last column, the last one again. */
function packColumns(a: Float32Array, patches: Patches, k: number, packed: Float32Array): void {
  const rows = patches.lines * patches.perLine;
  const columns = [k, k + 1, k + 2, k + 3].map((column) => columnOffset(patches, column));
  for (let m = 0; m < rows; m++) {
    const start = rowStart(patches, m);
    for (let i = 0; i < 4; i++) packed[4 * m + i] = a[start + columns[i]];
  }
}
