import { addSums, each, inPanels, multiplyAdds, sums, wide } from './tile.js';

export const gemmWide = `
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
      ${each(4, (i) => `let a${i} = rowStart(a, m + ${i}, rows, perLine, lineStride, stepStride);`)}
      const row0 = output + <usize>m * outputStride;
      const row1 = row0 + outputStride;
      const row2 = row1 + outputStride;
      const row3 = row2 + outputStride;
      let b = panels;
      for (let run = 0; run < runs; run++) {
        for (let start: usize = 0; start < runBytes; start += BLOCK) {
          const end = min(start + BLOCK, runBytes);
          ${sums(wide)}
          for (let k = start; k < end; k += 8, b += 64) {
            ${multiplyAdds(wide, (row, term) => `a${row} + k, ${4 * term}`, inPanels)}
          }
          ${addSums(wide, 0, 'row0')}
          ${each(
            3,
            (i) => `if (m + ${i + 1} < rows) {
${addSums(wide, i + 1, `row${i + 1}`)}
}`,
          )}
        }
        ${each(4, (i) => `a${i} += runStride;`)}
      }
    }
  }
  if (wide === columns) return;
  const rest = bias ? bias + (<usize>wide << 2) : 0;
  gemm(a, lines, perLine, lineStride, stepStride, runs, runLength, runStride, panels, rest, output, columns - wide, outputStride);
}
`;
