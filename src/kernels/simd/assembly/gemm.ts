import { addColumns, storePair } from './columns';
import { multiplyAdd } from './multiplyAdd';
import { BLOCK, rowStart } from './packing';

// The tiles hold 4×8 totals (t) and 4×8 sums of a block (c). Totals are read from the output first, where the bias, zeros
// or an earlier sum stand. Vectors come in pairs that are used alike throughout, so that V8 can make 256-bit ones of them
// (--experimental-wasm-revectorize).

// Rows of A that lie one float apart, as a single channel's windows do: one pointer reaches four of them, a line's last
// four overlap with those before where four do not divide it, and the few terms' panels stay in the cache. A run has three
// terms or more; it is made anew for a known length. Its sum begins with the first product instead of 0, which could only
// show in the sign of a zero, and not in one that is added to a total: with 0 added to the bias no total is −0.
@inline
function gemmSingle(
  a: usize,
  lines: i32,
  perLine: i32,
  lineStride: usize,
  runs: i32,
  runBytes: usize,
  runStride: usize,
  panels: usize,
  bias: usize,
  output: usize,
  columns: i32,
  outputStride: usize,
): void {
  for (let line = 0; line < lines; line++, a += lineStride, output += <usize>perLine * outputStride) {
    for (let x = 0; x < perLine; x += 4) {
      const start = <usize>min(x, perLine - 4);
      let row0 = output + start * outputStride;
      let b = panels;
      for (let n = 0; n < columns; n += 8, row0 += 32) {
        const offset = <usize>n << 2;
        let t00 = f32x4.add(v128.load(bias + offset), f32x4.splat(0));
        let t01 = f32x4.add(v128.load(bias + offset, 16), f32x4.splat(0));
        let t10 = t00;
        let t11 = t01;
        let t20 = t00;
        let t21 = t01;
        let t30 = t00;
        let t31 = t01;
        let p = a + (start << 2);
        let run = runs;
        do {
          const b00 = v128.load(b);
          const b01 = v128.load(b, 16);
          const s0 = v128.load32_splat(p);
          let c00 = f32x4.mul(s0, b00);
          let c01 = f32x4.mul(s0, b01);
          const s1 = v128.load32_splat(p, 4);
          let c10 = f32x4.mul(s1, b00);
          let c11 = f32x4.mul(s1, b01);
          const s2 = v128.load32_splat(p, 8);
          let c20 = f32x4.mul(s2, b00);
          let c21 = f32x4.mul(s2, b01);
          const s3 = v128.load32_splat(p, 12);
          let c30 = f32x4.mul(s3, b00);
          let c31 = f32x4.mul(s3, b01);
          const b10 = v128.load(b, 32);
          const b11 = v128.load(b, 48);
          c00 = multiplyAdd(s1, b10, c00);
          c01 = multiplyAdd(s1, b11, c01);
          c10 = multiplyAdd(s2, b10, c10);
          c11 = multiplyAdd(s2, b11, c11);
          c20 = multiplyAdd(s3, b10, c20);
          c21 = multiplyAdd(s3, b11, c21);
          const s4 = v128.load32_splat(p, 16);
          c30 = multiplyAdd(s4, b10, c30);
          c31 = multiplyAdd(s4, b11, c31);
          const b20 = v128.load(b, 64);
          const b21 = v128.load(b, 80);
          c00 = multiplyAdd(s2, b20, c00);
          c01 = multiplyAdd(s2, b21, c01);
          c10 = multiplyAdd(s3, b20, c10);
          c11 = multiplyAdd(s3, b21, c11);
          c20 = multiplyAdd(s4, b20, c20);
          c21 = multiplyAdd(s4, b21, c21);
          const s5 = v128.load32_splat(p, 20);
          c30 = multiplyAdd(s5, b20, c30);
          c31 = multiplyAdd(s5, b21, c31);
          b += 96;
          if (runBytes > 12) {
            const end = p + runBytes;
            let k = p + 12;
            do {
              const b0 = v128.load(b);
              const b1 = v128.load(b, 16);
              const x0 = v128.load32_splat(k);
              c00 = multiplyAdd(x0, b0, c00);
              c01 = multiplyAdd(x0, b1, c01);
              const x1 = v128.load32_splat(k, 4);
              c10 = multiplyAdd(x1, b0, c10);
              c11 = multiplyAdd(x1, b1, c11);
              const x2 = v128.load32_splat(k, 8);
              c20 = multiplyAdd(x2, b0, c20);
              c21 = multiplyAdd(x2, b1, c21);
              const x3 = v128.load32_splat(k, 12);
              c30 = multiplyAdd(x3, b0, c30);
              c31 = multiplyAdd(x3, b1, c31);
              b += 32;
              k += 4;
            } while (k < end);
          }
          t00 = f32x4.add(t00, c00);
          t01 = f32x4.add(t01, c01);
          t10 = f32x4.add(t10, c10);
          t11 = f32x4.add(t11, c11);
          t20 = f32x4.add(t20, c20);
          t21 = f32x4.add(t21, c21);
          t30 = f32x4.add(t30, c30);
          t31 = f32x4.add(t31, c31);
          p += runStride;
        } while (--run);
        storePair(row0, t00, t01);
        const row1 = row0 + outputStride;
        storePair(row1, t10, t11);
        const row2 = row1 + outputStride;
        storePair(row2, t20, t21);
        storePair(row2 + outputStride, t30, t31);
      }
    }
  }
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
  if (bias && stepStride === 4 && perLine >= 4 && runLength >= 3 && runBytes <= BLOCK && !(columns & 7)) {
    if (runLength === 3)
      gemmSingle(a, lines, perLine, lineStride, runs, 12, runStride, panels, bias, output, columns, outputStride);
    else
      gemmSingle(a, lines, perLine, lineStride, runs, runBytes, runStride, panels, bias, output, columns, outputStride);
    return;
  }
  for (let m = 0; m < rows; m++) {
    if (bias) memory.copy(output + <usize>m * outputStride, bias, rowBytes);
    else memory.fill(output + <usize>m * outputStride, 0, rowBytes);
  }
  // A row alone would be multiplied four times.
  const whole = rows === 1 ? 0 : columns & ~7;
  for (let m = 0; whole > 0 && m < rows; m += 4) {
    const start0 = rowStart(a, m, rows, perLine, lineStride, stepStride);
    const start1 = rowStart(a, m + 1, rows, perLine, lineStride, stepStride);
    const start2 = rowStart(a, m + 2, rows, perLine, lineStride, stepStride);
    const start3 = rowStart(a, m + 3, rows, perLine, lineStride, stepStride);
    let b = panels;
    for (let n = 0; n < whole; n += 8) {
      let a0 = start0;
      let a1 = start1;
      let a2 = start2;
      let a3 = start3;
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
            c00 = multiplyAdd(x0, b0, c00);
            c01 = multiplyAdd(x0, b1, c01);
            const x1 = v128.load32_splat(a1 + k);
            c10 = multiplyAdd(x1, b0, c10);
            c11 = multiplyAdd(x1, b1, c11);
            const x2 = v128.load32_splat(a2 + k);
            c20 = multiplyAdd(x2, b0, c20);
            c21 = multiplyAdd(x2, b1, c21);
            const x3 = v128.load32_splat(a3 + k);
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
  panels += (<usize>whole >> 3) * panelBytes;
  for (let n = whole; n < columns; n += 8, panels += panelBytes) {
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
            c0 = multiplyAdd(x, v128.load(b), c0);
            c1 = multiplyAdd(x, v128.load(b, 16), c1);
          }
          addColumns(c, c0, c1, columns - n);
        }
      }
    }
  }
}
