import { loadColumns, storeColumns } from './columns';

// Bytes of a row that are summed before the sum goes to memory: 32 numbers, as in ../../reference.
const BLOCK: usize = 128;

export function packPanels(
  source: usize,
  rows: i32,
  columns: i32,
  rowStride: usize,
  columnStride: usize,
  panels: usize,
  row: i32,
  depth: i32,
): void {
  const contiguous = columnStride === 4;
  for (let first = 0; first < columns; first += 8) {
    let target = panels + ((<usize>first * depth + (<usize>row << 3)) << 2);
    let from = source + <usize>first * columnStride;
    const valid = min(8, columns - first);
    if (valid === 8 && contiguous) {
      for (let k = 0; k < rows; k++, from += rowStride, target += 32) {
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
      }
    } else if (valid === 8) {
      packStrided(from, rows, rowStride, columnStride, target);
    } else {
      for (let k = 0; k < rows; k++, from += rowStride, target += 32) {
        for (let j = 0; j < 8; j++)
          store<f32>(target + (j << 2), j < valid ? load<f32>(from + <usize>j * columnStride) : 0);
      }
    }
  }
}

function packStrided(from: usize, rows: i32, rowStride: usize, columnStride: usize, target: usize): void {
  const from1 = from + columnStride;
  const from2 = from1 + columnStride;
  const from3 = from2 + columnStride;
  const half = columnStride << 2;
  const end = <usize>rows * rowStride;
  for (let k: usize = 0; k < end; k += rowStride, target += 32) {
    store<f32>(target, load<f32>(from + k));
    store<f32>(target, load<f32>(from1 + k), 4);
    store<f32>(target, load<f32>(from2 + k), 8);
    store<f32>(target, load<f32>(from3 + k), 12);
    store<f32>(target, load<f32>(from + half + k), 16);
    store<f32>(target, load<f32>(from1 + half + k), 20);
    store<f32>(target, load<f32>(from2 + half + k), 24);
    store<f32>(target, load<f32>(from3 + half + k), 28);
  }
}

@inline
function rowStart(a: usize, m: i32, rows: i32, perLine: i32, lineStride: usize, stepStride: usize): usize {
  const row = min(m, rows - 1);
  const line = row / perLine;
  return a + <usize>line * lineStride + <usize>(row - line * perLine) * stepStride;
}

export function gemm(
  a: usize,
  lines: i32,
  perLine: i32,
  lineStride: usize,
  stepStride: usize,
  runs: i32,
  runLength: usize,
  runStride: usize,
  panels: usize,
  bias: usize,
  output: usize,
  columns: i32,
  outputStride: usize,
): void {
  const rows = lines * perLine;
  const runBytes = runLength << 2;
  const panelBytes = (<usize>runs * runBytes) << 3;
  let n = 0;
  for (; n + 8 <= columns; n += 8, panels += panelBytes) {
    const biases = bias ? bias + (<usize>n << 2) : 0;
    for (let m = 0; m < rows; m += 4) {
      let a0 = rowStart(a, m, rows, perLine, lineStride, stepStride);
      let a1 = rowStart(a, m + 1, rows, perLine, lineStride, stepStride);
      let a2 = rowStart(a, m + 2, rows, perLine, lineStride, stepStride);
      let a3 = rowStart(a, m + 3, rows, perLine, lineStride, stepStride);
      const row0 = output + <usize>m * outputStride + (<usize>n << 2);
      const row1 = row0 + outputStride;
      const row2 = row1 + outputStride;
      const row3 = row2 + outputStride;
      let b = panels;
      let first = true;
      for (let run = 0; run < runs; run++) {
        for (let start: usize = 0; start < runBytes; start += BLOCK) {
          const end = min(start + BLOCK, runBytes);
          let c00 = f32x4.splat(0);
          let c01 = f32x4.splat(0);
          let c10 = f32x4.splat(0);
          let c11 = f32x4.splat(0);
          let c20 = f32x4.splat(0);
          let c21 = f32x4.splat(0);
          let c30 = f32x4.splat(0);
          let c31 = f32x4.splat(0);
          for (let k = start; k < end; k += 4, b += 32) {
            const b0 = v128.load(b);
            const b1 = v128.load(b, 16);
            const x0 = v128.load32_splat(a0 + k);
            c00 = f32x4.add(c00, f32x4.mul(x0, b0));
            c01 = f32x4.add(c01, f32x4.mul(x0, b1));
            const x1 = v128.load32_splat(a1 + k);
            c10 = f32x4.add(c10, f32x4.mul(x1, b0));
            c11 = f32x4.add(c11, f32x4.mul(x1, b1));
            const x2 = v128.load32_splat(a2 + k);
            c20 = f32x4.add(c20, f32x4.mul(x2, b0));
            c21 = f32x4.add(c21, f32x4.mul(x2, b1));
            const x3 = v128.load32_splat(a3 + k);
            c30 = f32x4.add(c30, f32x4.mul(x3, b0));
            c31 = f32x4.add(c31, f32x4.mul(x3, b1));
          }
          storePair(row0, c00, c01, first ? biases : row0);
          if (m + 1 < rows) storePair(row1, c10, c11, first ? biases : row1);
          if (m + 2 < rows) storePair(row2, c20, c21, first ? biases : row2);
          if (m + 3 < rows) storePair(row3, c30, c31, first ? biases : row3);
          first = false;
        }
        a0 += runStride;
        a1 += runStride;
        a2 += runStride;
        a3 += runStride;
      }
    }
  }
  if (n === columns) return;
  const biases = bias ? bias + (<usize>n << 2) : 0;
  for (let m = 0; m < rows; m++) {
    let row = rowStart(a, m, rows, perLine, lineStride, stepStride);
    const c = output + <usize>m * outputStride + (<usize>n << 2);
    let b = panels;
    let first = true;
    for (let run = 0; run < runs; run++, row += runStride) {
      for (let start: usize = 0; start < runBytes; start += BLOCK) {
        const end = min(start + BLOCK, runBytes);
        let c0 = f32x4.splat(0);
        let c1 = f32x4.splat(0);
        for (let k = start; k < end; k += 4, b += 32) {
          const x = v128.load32_splat(row + k);
          c0 = f32x4.add(c0, f32x4.mul(x, v128.load(b)));
          c1 = f32x4.add(c1, f32x4.mul(x, v128.load(b, 16)));
        }
        storeEdgePair(c, c0, c1, first ? biases : c, columns - n);
        first = false;
      }
    }
  }
}

@inline
function columnOffset(k: i32, depth: i32, runLength: i32, runStride: usize): usize {
  const column = min(k, depth - 1);
  const run = column / runLength;
  return <usize>run * runStride + (<usize>(column - run * runLength) << 2);
}

/** packed[m] = columns k…k+3 of A's row m; past the last column, the last one again. */
function packColumns(
  a: usize,
  lines: i32,
  perLine: i32,
  lineStride: usize,
  stepStride: usize,
  runs: i32,
  runLength: i32,
  runStride: usize,
  k: i32,
  packed: usize,
): void {
  const depth = runs * runLength;
  const a0 = columnOffset(k, depth, runLength, runStride);
  const a1 = columnOffset(k + 1, depth, runLength, runStride);
  const a2 = columnOffset(k + 2, depth, runLength, runStride);
  const a3 = columnOffset(k + 3, depth, runLength, runStride);
  const contiguous = a1 - a0 === 4 && a2 - a0 === 8 && a3 - a0 === 12;
  const lineBytes = <usize>perLine * stepStride;
  for (let line = 0; line < lines; line++, a += lineStride) {
    const end = a + lineBytes;
    if (contiguous) {
      for (let p = a; p < end; p += stepStride, packed += 16) v128.store(packed, v128.load(p + a0));
    } else {
      for (let p = a; p < end; p += stepStride, packed += 16) {
        store<f32>(packed, load<f32>(p + a0));
        store<f32>(packed, load<f32>(p + a1), 4);
        store<f32>(packed, load<f32>(p + a2), 8);
        store<f32>(packed, load<f32>(p + a3), 12);
      }
    }
  }
}

export function gemmTransposed(
  a: usize,
  lines: i32,
  perLine: i32,
  lineStride: usize,
  stepStride: usize,
  runs: i32,
  runLength: i32,
  runStride: usize,
  panels: usize,
  packed: usize,
  output: usize,
  columns: i32,
  outputStride: usize,
  accumulate: bool,
): void {
  const depth = runs * runLength;
  const packedEnd = packed + (<usize>(lines * perLine) << 4);
  for (let k = 0; k < depth; k += 4) {
    packColumns(a, lines, perLine, lineStride, stepStride, runs, runLength, runStride, k, packed);
    let b = panels;
    let n = 0;
    for (; n + 8 <= columns; n += 8) {
      const row0 = output + <usize>k * outputStride + (<usize>n << 2);
      const row1 = row0 + outputStride;
      const row2 = row1 + outputStride;
      const row3 = row2 + outputStride;
      let added = accumulate;
      for (let start = packed; start < packedEnd; start += 4 * BLOCK) {
        const end = min(start + 4 * BLOCK, packedEnd);
        let c00 = f32x4.splat(0);
        let c01 = f32x4.splat(0);
        let c10 = f32x4.splat(0);
        let c11 = f32x4.splat(0);
        let c20 = f32x4.splat(0);
        let c21 = f32x4.splat(0);
        let c30 = f32x4.splat(0);
        let c31 = f32x4.splat(0);
        for (let p = start; p < end; p += 16, b += 32) {
          const b0 = v128.load(b);
          const b1 = v128.load(b, 16);
          const x0 = v128.load32_splat(p);
          c00 = f32x4.add(c00, f32x4.mul(x0, b0));
          c01 = f32x4.add(c01, f32x4.mul(x0, b1));
          const x1 = v128.load32_splat(p, 4);
          c10 = f32x4.add(c10, f32x4.mul(x1, b0));
          c11 = f32x4.add(c11, f32x4.mul(x1, b1));
          const x2 = v128.load32_splat(p, 8);
          c20 = f32x4.add(c20, f32x4.mul(x2, b0));
          c21 = f32x4.add(c21, f32x4.mul(x2, b1));
          const x3 = v128.load32_splat(p, 12);
          c30 = f32x4.add(c30, f32x4.mul(x3, b0));
          c31 = f32x4.add(c31, f32x4.mul(x3, b1));
        }
        storePair(row0, c00, c01, added ? row0 : 0);
        if (k + 1 < depth) storePair(row1, c10, c11, added ? row1 : 0);
        if (k + 2 < depth) storePair(row2, c20, c21, added ? row2 : 0);
        if (k + 3 < depth) storePair(row3, c30, c31, added ? row3 : 0);
        added = true;
      }
    }
    if (n === columns) continue;
    for (let i = 0; i < min(4, depth - k); i++) {
      const c = output + <usize>(k + i) * outputStride + (<usize>n << 2);
      let added = accumulate;
      b = panels + <usize>n * (<usize>(lines * perLine) << 2);
      for (let start = packed; start < packedEnd; start += 4 * BLOCK) {
        const end = min(start + 4 * BLOCK, packedEnd);
        let c0 = f32x4.splat(0);
        let c1 = f32x4.splat(0);
        for (let p = start; p < end; p += 16, b += 32) {
          const x = v128.load32_splat(p + (<usize>i << 2));
          c0 = f32x4.add(c0, f32x4.mul(x, v128.load(b)));
          c1 = f32x4.add(c1, f32x4.mul(x, v128.load(b, 16)));
        }
        storeEdgePair(c, c0, c1, added ? c : 0, columns - n);
        added = true;
      }
    }
  }
}

/** Stores eight sums, plus eight floats at `added` if that is not 0. V8 makes one wide vector of such a pair. */
@inline
function storePair(p: usize, low: v128, high: v128, added: usize): void {
  if (added) {
    v128.store(p, f32x4.add(low, v128.load(added)));
    v128.store(p, f32x4.add(high, v128.load(added, 16)), 16);
  } else {
    v128.store(p, low);
    v128.store(p, high, 16);
  }
}

/** The same for the first `valid` of eight columns. */
function storeEdgePair(p: usize, low: v128, high: v128, added: usize, valid: i32): void {
  if (added) {
    low = f32x4.add(low, loadColumns(added, valid));
    high = f32x4.add(high, loadColumns(added + 16, valid - 4));
  }
  storeColumns(p, low, valid);
  storeColumns(p + 16, high, valid - 4);
}
