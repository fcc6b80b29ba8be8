import { addColumns, storePair } from './columns';
import { multiplyAdd } from './multiplyAdd';
import { BLOCK, packColumns } from './packing';

// Tiles as in ./gemm.ts, with the rows' terms packed in fours.

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
          c00 = multiplyAdd(x0, b0, c00);
          c01 = multiplyAdd(x0, b1, c01);
          const x1 = v128.load32_splat(p, 4);
          c10 = multiplyAdd(x1, b0, c10);
          c11 = multiplyAdd(x1, b1, c11);
          const x2 = v128.load32_splat(p, 8);
          c20 = multiplyAdd(x2, b0, c20);
          c21 = multiplyAdd(x2, b1, c21);
          const x3 = v128.load32_splat(p, 12);
          c30 = multiplyAdd(x3, b0, c30);
          c31 = multiplyAdd(x3, b1, c31);
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
          c0 = multiplyAdd(x, v128.load(b), c0);
          c1 = multiplyAdd(x, v128.load(b, 16), c1);
        }
        addColumns(c, c0, c1, columns - n);
      }
    }
  }
}

/** In tiles of 4×16 and two terms a turn, as ./gemmWide.ts. The number of rows must be even, else the other does it. */
export function gemmTransposedWide(
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
  const rows = lines * perLine;
  const panelBytes = <usize>rows << 5;
  const packedEnd = packed + (<usize>rows << 4);
  const wide = rows & 1 ? 0 : columns & ~15;
  for (let k = 0; wide > 0 && k < depth; k += 4) {
    packColumns(a, lines, perLine, lineStride, stepStride, runs, runLength, runStride, k, packed);
    if (!accumulate) {
      for (let i = k; i < min(k + 4, depth); i++) memory.fill(output + <usize>i * outputStride, 0, <usize>wide << 2);
    }
    let b = panels;
    for (let n = 0; n < wide; n += 16, b += panelBytes) {
      const row0 = output + <usize>k * outputStride + (<usize>n << 2);
      const row1 = row0 + outputStride;
      const row2 = row1 + outputStride;
      const row3 = row2 + outputStride;
      for (let start = packed; start < packedEnd; start += 4 * BLOCK) {
        const end = min(start + 4 * BLOCK, packedEnd);
        let c00 = f32x4.splat(0);
        let c01 = f32x4.splat(0);
        let c02 = f32x4.splat(0);
        let c03 = f32x4.splat(0);
        let c10 = f32x4.splat(0);
        let c11 = f32x4.splat(0);
        let c12 = f32x4.splat(0);
        let c13 = f32x4.splat(0);
        let c20 = f32x4.splat(0);
        let c21 = f32x4.splat(0);
        let c22 = f32x4.splat(0);
        let c23 = f32x4.splat(0);
        let c30 = f32x4.splat(0);
        let c31 = f32x4.splat(0);
        let c32 = f32x4.splat(0);
        let c33 = f32x4.splat(0);
        for (let p = start; p < end; p += 32, b += 64) {
          const b0 = v128.load(b);
          const b1 = v128.load(b, 16);
          const b2 = v128.load(b + panelBytes);
          const b3 = v128.load(b + panelBytes, 16);
          const x0 = v128.load32_splat(p);
          c00 = multiplyAdd(x0, b0, c00);
          c01 = multiplyAdd(x0, b1, c01);
          c02 = multiplyAdd(x0, b2, c02);
          c03 = multiplyAdd(x0, b3, c03);
          const x1 = v128.load32_splat(p, 4);
          c10 = multiplyAdd(x1, b0, c10);
          c11 = multiplyAdd(x1, b1, c11);
          c12 = multiplyAdd(x1, b2, c12);
          c13 = multiplyAdd(x1, b3, c13);
          const x2 = v128.load32_splat(p, 8);
          c20 = multiplyAdd(x2, b0, c20);
          c21 = multiplyAdd(x2, b1, c21);
          c22 = multiplyAdd(x2, b2, c22);
          c23 = multiplyAdd(x2, b3, c23);
          const x3 = v128.load32_splat(p, 12);
          c30 = multiplyAdd(x3, b0, c30);
          c31 = multiplyAdd(x3, b1, c31);
          c32 = multiplyAdd(x3, b2, c32);
          c33 = multiplyAdd(x3, b3, c33);
          const b0_ = v128.load(b, 32);
          const b1_ = v128.load(b, 48);
          const b2_ = v128.load(b + panelBytes, 32);
          const b3_ = v128.load(b + panelBytes, 48);
          const x0_ = v128.load32_splat(p, 16);
          c00 = multiplyAdd(x0_, b0_, c00);
          c01 = multiplyAdd(x0_, b1_, c01);
          c02 = multiplyAdd(x0_, b2_, c02);
          c03 = multiplyAdd(x0_, b3_, c03);
          const x1_ = v128.load32_splat(p, 20);
          c10 = multiplyAdd(x1_, b0_, c10);
          c11 = multiplyAdd(x1_, b1_, c11);
          c12 = multiplyAdd(x1_, b2_, c12);
          c13 = multiplyAdd(x1_, b3_, c13);
          const x2_ = v128.load32_splat(p, 24);
          c20 = multiplyAdd(x2_, b0_, c20);
          c21 = multiplyAdd(x2_, b1_, c21);
          c22 = multiplyAdd(x2_, b2_, c22);
          c23 = multiplyAdd(x2_, b3_, c23);
          const x3_ = v128.load32_splat(p, 28);
          c30 = multiplyAdd(x3_, b0_, c30);
          c31 = multiplyAdd(x3_, b1_, c31);
          c32 = multiplyAdd(x3_, b2_, c32);
          c33 = multiplyAdd(x3_, b3_, c33);
        }
        const t00 = v128.load(row0);
        const t01 = v128.load(row0, 16);
        const t02 = v128.load(row0, 32);
        const t03 = v128.load(row0, 48);
        v128.store(row0, f32x4.add(t00, c00));
        v128.store(row0, f32x4.add(t01, c01), 16);
        v128.store(row0, f32x4.add(t02, c02), 32);
        v128.store(row0, f32x4.add(t03, c03), 48);
        if (k + 1 < depth) {
          const t10 = v128.load(row1);
          const t11 = v128.load(row1, 16);
          const t12 = v128.load(row1, 32);
          const t13 = v128.load(row1, 48);
          v128.store(row1, f32x4.add(t10, c10));
          v128.store(row1, f32x4.add(t11, c11), 16);
          v128.store(row1, f32x4.add(t12, c12), 32);
          v128.store(row1, f32x4.add(t13, c13), 48);
        }
        if (k + 2 < depth) {
          const t20 = v128.load(row2);
          const t21 = v128.load(row2, 16);
          const t22 = v128.load(row2, 32);
          const t23 = v128.load(row2, 48);
          v128.store(row2, f32x4.add(t20, c20));
          v128.store(row2, f32x4.add(t21, c21), 16);
          v128.store(row2, f32x4.add(t22, c22), 32);
          v128.store(row2, f32x4.add(t23, c23), 48);
        }
        if (k + 3 < depth) {
          const t30 = v128.load(row3);
          const t31 = v128.load(row3, 16);
          const t32 = v128.load(row3, 32);
          const t33 = v128.load(row3, 48);
          v128.store(row3, f32x4.add(t30, c30));
          v128.store(row3, f32x4.add(t31, c31), 16);
          v128.store(row3, f32x4.add(t32, c32), 32);
          v128.store(row3, f32x4.add(t33, c33), 48);
        }
      }
    }
  }
  if (wide === columns) return;
  gemmTransposed(
    a,
    lines,
    perLine,
    lineStride,
    stepStride,
    runs,
    runLength,
    runStride,
    panels + (<usize>wide >> 3) * panelBytes,
    packed,
    output + (<usize>wide << 2),
    columns - wide,
    outputStride,
    accumulate,
  );
}
