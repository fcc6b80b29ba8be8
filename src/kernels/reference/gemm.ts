import type { Patches } from '../patches.js';
import { multiplyTile, tile } from './tile.js';

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
// the square root of the number of terms, here √64 + √(K / 64) instead of √K, the least for K near 4,000.
const BLOCK = 64;

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
        multiplyTile(a, start, a1, a2, a3, 1, runLength, panels, b + 8 * run * runLength, 8, BLOCK);
      }
      for (let i = 0; i < 4 && m + i < rows; i++)
        for (let j = 0; j < 4 && n + j < columns; j++) output[(m + i) * outputStride + n + j] = tile[4 * i + j];
    }
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
      multiplyTile(packed, 0, 1, 2, 3, 4, rows, panels, (n - (n % 8)) * rows + (n % 8), 8, BLOCK);
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
