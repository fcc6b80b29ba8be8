import { each, eachVector, inPanels, multiplyAdds, narrow, sums } from './tile.js';

const addToTotals = eachVector(narrow, (i, j) => `t${i}${j} = f32x4.add(t${i}${j}, c${i}${j});`);

/** One of the three terms that a run has at least: row i's number is the one that row i − 1 had with the term behind. */
const overlappingTerm = (term: number) =>
  [
    each(2, (j) => `const b${term}${j} = v128.load(b, ${32 * term + 16 * j});`),
    each(4, (i) =>
      [
        term === 0 || i === 3 ? `const s${i + term} = v128.load32_splat(p, ${4 * (i + term)});` : '',
        each(2, (j) =>
          term === 0
            ? `let c${i}${j} = f32x4.mul(s${i}, b0${j});`
            : `c${i}${j} = multiplyAdd(s${i + term}, b${term}${j}, c${i}${j});`,
        ),
      ].join('\n'),
    ),
  ].join('\n');

export const gemm = `
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
        ${each(3, (i) => each(2, (j) => `let t${i + 1}${j} = t0${j};`))}
        let p = a + (start << 2);
        let run = runs;
        do {
          ${each(3, overlappingTerm)}
          b += 96;
          if (runBytes > 12) {
            const end = p + runBytes;
            let k = p + 12;
            do {
              ${multiplyAdds(narrow, (row) => `k, ${4 * row}`, inPanels)}
              b += 32;
              k += 4;
            } while (k < end);
          }
          ${addToTotals}
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
    ${each(4, (i) => `const start${i} = rowStart(a, m + ${i}, rows, perLine, lineStride, stepStride);`)}
    let b = panels;
    for (let n = 0; n < whole; n += 8) {
      ${each(4, (i) => `let a${i} = start${i};`)}
      const row0 = output + <usize>m * outputStride + (<usize>n << 2);
      ${each(3, (i) => `const row${i + 1} = row${i} + (m + ${i + 1} < rows ? outputStride : 0);`)}
      ${eachVector(narrow, (i, j) => `let t${i}${j} = v128.load(row${i}, ${16 * j});`)}
      for (let run = 0; run < runs; run++) {
        for (let start: usize = 0; start < runBytes; start += BLOCK) {
          const end = min(start + BLOCK, runBytes);
          ${sums(narrow)}
          for (let k = start; k < end; k += 4, b += 32) {
            ${multiplyAdds(narrow, (row) => `a${row} + k`, inPanels)}
          }
          ${addToTotals}
        }
        ${each(4, (i) => `a${i} += runStride;`)}
      }
      storePair(row0, t00, t01);
      ${each(3, (i) => `if (m + ${i + 1} < rows) storePair(row${i + 1}, t${i + 1}0, t${i + 1}1);`)}
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
`;
