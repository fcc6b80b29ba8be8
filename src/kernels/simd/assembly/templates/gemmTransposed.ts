import { addSums, each, eachVector, inPanels, multiplyAdds, narrow, sums, wide } from './tile.js';

export const gemmTransposed = `
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
      ${each(3, (i) => `const row${i + 1} = row${i} + (k + ${i + 1} < depth ? outputStride : 0);`)}
      ${eachVector(narrow, (i, j) => `let t${i}${j} = v128.load(row${i}, ${16 * j});`)}
      for (let start = packed; start < packedEnd; start += 4 * BLOCK) {
        const end = min(start + 4 * BLOCK, packedEnd);
        ${sums(narrow)}
        for (let p = start; p < end; p += 16, b += 32) {
          ${multiplyAdds(narrow, (row) => `p, ${4 * row}`, inPanels)}
        }
        ${eachVector(narrow, (i, j) => `t${i}${j} = f32x4.add(t${i}${j}, c${i}${j});`)}
      }
      storePair(row0, t00, t01);
      ${each(3, (i) => `if (k + ${i + 1} < depth) storePair(row${i + 1}, t${i + 1}0, t${i + 1}1);`)}
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
        ${sums(wide)}
        for (let p = start; p < end; p += 32, b += 64) {
          ${multiplyAdds(wide, (row, term) => `p, ${16 * term + 4 * row}`, inPanels)}
        }
        ${addSums(wide, 0, 'row0')}
        ${each(
          3,
          (i) => `if (k + ${i + 1} < depth) {
${addSums(wide, i + 1, `row${i + 1}`)}
}`,
        )}
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
`;
