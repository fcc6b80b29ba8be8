import { gemm } from './gemm';
import { multiplyAdd } from './multiplyAdd';
import { BLOCK, rowStart } from './packing';

// The product of ./gemm.ts in tiles of 4×16 and two terms a turn, which 256-bit vectors want. Totals stay in the output.

/** A run's length must be even and the rows several, else ./gemm.ts does it. */
export function gemmWide(
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
  const wide = runLength & 1 || rows === 1 ? 0 : columns & ~15;
  for (let n = 0; n < wide; n += 16, panels += 2 * panelBytes, output += 64) {
    for (let m = 0; m < rows; m++) {
      const row = output + <usize>m * outputStride;
      if (bias) memory.copy(row, bias + (<usize>n << 2), 64);
      else memory.fill(row, 0, 64);
    }
    for (let m = 0; m < rows; m += 4) {
      let a0 = rowStart(a, m, rows, perLine, lineStride, stepStride);
      let a1 = rowStart(a, m + 1, rows, perLine, lineStride, stepStride);
      let a2 = rowStart(a, m + 2, rows, perLine, lineStride, stepStride);
      let a3 = rowStart(a, m + 3, rows, perLine, lineStride, stepStride);
      const row0 = output + <usize>m * outputStride;
      const row1 = row0 + outputStride;
      const row2 = row1 + outputStride;
      const row3 = row2 + outputStride;
      let b = panels;
      for (let run = 0; run < runs; run++) {
        for (let start: usize = 0; start < runBytes; start += BLOCK) {
          const end = min(start + BLOCK, runBytes);
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
          for (let k = start; k < end; k += 8, b += 64) {
            const b0 = v128.load(b);
            const b1 = v128.load(b, 16);
            const b2 = v128.load(b + panelBytes);
            const b3 = v128.load(b + panelBytes, 16);
            const x0 = v128.load32_splat(a0 + k);
            c00 = multiplyAdd(x0, b0, c00);
            c01 = multiplyAdd(x0, b1, c01);
            c02 = multiplyAdd(x0, b2, c02);
            c03 = multiplyAdd(x0, b3, c03);
            const x1 = v128.load32_splat(a1 + k);
            c10 = multiplyAdd(x1, b0, c10);
            c11 = multiplyAdd(x1, b1, c11);
            c12 = multiplyAdd(x1, b2, c12);
            c13 = multiplyAdd(x1, b3, c13);
            const x2 = v128.load32_splat(a2 + k);
            c20 = multiplyAdd(x2, b0, c20);
            c21 = multiplyAdd(x2, b1, c21);
            c22 = multiplyAdd(x2, b2, c22);
            c23 = multiplyAdd(x2, b3, c23);
            const x3 = v128.load32_splat(a3 + k);
            c30 = multiplyAdd(x3, b0, c30);
            c31 = multiplyAdd(x3, b1, c31);
            c32 = multiplyAdd(x3, b2, c32);
            c33 = multiplyAdd(x3, b3, c33);
            const b0_ = v128.load(b, 32);
            const b1_ = v128.load(b, 48);
            const b2_ = v128.load(b + panelBytes, 32);
            const b3_ = v128.load(b + panelBytes, 48);
            const x0_ = v128.load32_splat(a0 + k, 4);
            c00 = multiplyAdd(x0_, b0_, c00);
            c01 = multiplyAdd(x0_, b1_, c01);
            c02 = multiplyAdd(x0_, b2_, c02);
            c03 = multiplyAdd(x0_, b3_, c03);
            const x1_ = v128.load32_splat(a1 + k, 4);
            c10 = multiplyAdd(x1_, b0_, c10);
            c11 = multiplyAdd(x1_, b1_, c11);
            c12 = multiplyAdd(x1_, b2_, c12);
            c13 = multiplyAdd(x1_, b3_, c13);
            const x2_ = v128.load32_splat(a2 + k, 4);
            c20 = multiplyAdd(x2_, b0_, c20);
            c21 = multiplyAdd(x2_, b1_, c21);
            c22 = multiplyAdd(x2_, b2_, c22);
            c23 = multiplyAdd(x2_, b3_, c23);
            const x3_ = v128.load32_splat(a3 + k, 4);
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
          if (m + 1 < rows) {
            const t10 = v128.load(row1);
            const t11 = v128.load(row1, 16);
            const t12 = v128.load(row1, 32);
            const t13 = v128.load(row1, 48);
            v128.store(row1, f32x4.add(t10, c10));
            v128.store(row1, f32x4.add(t11, c11), 16);
            v128.store(row1, f32x4.add(t12, c12), 32);
            v128.store(row1, f32x4.add(t13, c13), 48);
          }
          if (m + 2 < rows) {
            const t20 = v128.load(row2);
            const t21 = v128.load(row2, 16);
            const t22 = v128.load(row2, 32);
            const t23 = v128.load(row2, 48);
            v128.store(row2, f32x4.add(t20, c20));
            v128.store(row2, f32x4.add(t21, c21), 16);
            v128.store(row2, f32x4.add(t22, c22), 32);
            v128.store(row2, f32x4.add(t23, c23), 48);
          }
          if (m + 3 < rows) {
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
        a0 += runStride;
        a1 += runStride;
        a2 += runStride;
        a3 += runStride;
      }
    }
  }
  if (wide === columns) return;
  const rest = bias ? bias + (<usize>wide << 2) : 0;
  gemm(a, lines, perLine, lineStride, stepStride, runs, runLength, runStride, panels, rest, output, columns - wide, outputStride);
}
