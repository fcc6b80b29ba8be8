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
  const rowBytes = <usize>columns << 2;
  for (let m = 0; m < rows; m++) {
    if (bias) memory.copy(output + <usize>m * outputStride, bias, rowBytes);
    else memory.fill(output + <usize>m * outputStride, 0, rowBytes);
  }
  let n = 0;
  for (; n + 8 <= columns; n += 8, panels += panelBytes) {
    for (let m = 0; m < rows; m += 4) {
      let a0 = rowStart(a, m, rows, perLine, lineStride, stepStride);
      let a1 = rowStart(a, m + 1, rows, perLine, lineStride, stepStride);
      let a2 = rowStart(a, m + 2, rows, perLine, lineStride, stepStride);
      let a3 = rowStart(a, m + 3, rows, perLine, lineStride, stepStride);
      const row0 = output + <usize>m * outputStride + (<usize>n << 2);
      const row1 = row0 + (m + 1 < rows ? outputStride : 0);
      const row2 = row1 + (m + 2 < rows ? outputStride : 0);
      const row3 = row2 + (m + 3 < rows ? outputStride : 0);
      let t00 = v128.load(row0);
      let t01 = v128.load(row0, 16);
      let t10 = v128.load(row1);
      let t11 = v128.load(row1, 16);
      let t20 = v128.load(row2);
      let t21 = v128.load(row2, 16);
      let t30 = v128.load(row3);
      let t31 = v128.load(row3, 16);
      let b = panels;
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
          t00 = f32x4.add(t00, c00);
          t01 = f32x4.add(t01, c01);
          t10 = f32x4.add(t10, c10);
          t11 = f32x4.add(t11, c11);
          t20 = f32x4.add(t20, c20);
          t21 = f32x4.add(t21, c21);
          t30 = f32x4.add(t30, c30);
          t31 = f32x4.add(t31, c31);
        }
        a0 += runStride;
        a1 += runStride;
        a2 += runStride;
        a3 += runStride;
      }
      storePair(row0, t00, t01);
      if (m + 1 < rows) storePair(row1, t10, t11);
      if (m + 2 < rows) storePair(row2, t20, t21);
      if (m + 3 < rows) storePair(row3, t30, t31);
    }
  }
  if (n === columns) return;
  for (let m = 0; m < rows; m++) {
    let row = rowStart(a, m, rows, perLine, lineStride, stepStride);
    const c = output + <usize>m * outputStride + (<usize>n << 2);
    let b = panels;
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
        addColumns(c, c0, c1, columns - n);
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
    if (!accumulate) {
      for (let i = k; i < min(k + 4, depth); i++)
        memory.fill(output + <usize>i * outputStride, 0, <usize>columns << 2);
    }
    let b = panels;
    let n = 0;
    for (; n + 8 <= columns; n += 8) {
      const row0 = output + <usize>k * outputStride + (<usize>n << 2);
      const row1 = row0 + (k + 1 < depth ? outputStride : 0);
      const row2 = row1 + (k + 2 < depth ? outputStride : 0);
      const row3 = row2 + (k + 3 < depth ? outputStride : 0);
      let t00 = v128.load(row0);
      let t01 = v128.load(row0, 16);
      let t10 = v128.load(row1);
      let t11 = v128.load(row1, 16);
      let t20 = v128.load(row2);
      let t21 = v128.load(row2, 16);
      let t30 = v128.load(row3);
      let t31 = v128.load(row3, 16);
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
        t00 = f32x4.add(t00, c00);
        t01 = f32x4.add(t01, c01);
        t10 = f32x4.add(t10, c10);
        t11 = f32x4.add(t11, c11);
        t20 = f32x4.add(t20, c20);
        t21 = f32x4.add(t21, c21);
        t30 = f32x4.add(t30, c30);
        t31 = f32x4.add(t31, c31);
      }
      storePair(row0, t00, t01);
      if (k + 1 < depth) storePair(row1, t10, t11);
      if (k + 2 < depth) storePair(row2, t20, t21);
      if (k + 3 < depth) storePair(row3, t30, t31);
    }
    if (n === columns) continue;
    for (let i = 0; i < min(4, depth - k); i++) {
      const c = output + <usize>(k + i) * outputStride + (<usize>n << 2);
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
        addColumns(c, c0, c1, columns - n);
      }
    }
  }
}

/** Stores eight sums. V8 makes one wide vector of a pair that always goes together. */
@inline
function storePair(p: usize, low: v128, high: v128): void {
  v128.store(p, low);
  v128.store(p, high, 16);
}

/** Adds eight sums to the first `valid` of eight columns. */
function addColumns(p: usize, low: v128, high: v128, valid: i32): void {
  storeColumns(p, f32x4.add(loadColumns(p, valid), low), valid);
  storeColumns(p + 16, f32x4.add(loadColumns(p + 16, valid - 4), high), valid - 4);
}
