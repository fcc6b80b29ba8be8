import { each, eachRow, eachVector, firstProducts, inPanels, multiplyAdds, narrow, type Tile, wide } from './tile.js';

const row: Tile = { rows: 1, vectors: 8, terms: 1 };

const inRow = (i: number, term: number) => `a${i} + k, ${4 * term}`;

/** Stores the totals, of which all columns exist, or only some. */
const stores = (tile: Tile) => `
if (columns >= ${4 * tile.vectors}) {
  ${eachVector(tile, (i, j) => `v128.store(row${i}, t${i}${j}, ${16 * j});`)}
} else {
  ${eachVector(tile, (i, j) => `storeColumns(row${i}${j ? ` + ${16 * j}` : ''}, t${i}${j}, columns - ${4 * j});`)}
}`;

/** The products of all rows and the columns of a tile, of which so many exist. */
const product = (name: string, tile: Tile) => `
function ${name}(
  a: usize,
  lines: i32,
  perLine: i32,
  lineStride: usize,
  stepStride: usize,
  runs: i32,
  runBytes: usize,
  runStride: usize,
  panels: usize,
  bias: usize,
  output: usize,
  columns: i32,
  outputStride: usize,
): void {
  const rows = lines * perLine;
  const panelBytes = (<usize>runs * runBytes) << 3;
  ${each(tile.vectors, (j) => `const bias${j} = f32x4.add(v128.load(bias, ${16 * j}), f32x4.splat(0));`)}
  for (let m = 0; m < rows; m += ${tile.rows ?? 4}) {
    ${eachRow(tile, (i) => `let a${i} = rowStart(a, m + ${i}, rows, perLine, lineStride, stepStride);`)}
    ${eachVector(tile, (i, j) => `let t${i}${j} = bias${j};`)}
    let b = panels;
    for (let run = 0; run < runs; run++) {
      for (let start: usize = 0; start < runBytes; start += BLOCK) {
        const end = min(start + BLOCK, runBytes);
        let k = start;
        ${firstProducts(tile, inRow, inPanels)}
        b += 32;
        k += 4;
        ${
          tile.terms === 1
            ? ''
            : `for (; k + ${4 * tile.terms - 4} < end; k += ${4 * tile.terms}, b += ${32 * tile.terms}) {
          ${multiplyAdds(tile, inRow, inPanels)}
        }`
        }
        for (; k < end; k += 4, b += 32) {
          ${multiplyAdds({ ...tile, terms: 1 }, inRow, inPanels)}
        }
        ${eachVector(tile, (i, j) => `t${i}${j} = f32x4.add(t${i}${j}, c${i}${j});`)}
      }
      ${eachRow(tile, (i) => `a${i} += runStride;`)}
    }
    const row0 = output + <usize>m * outputStride;
    ${each((tile.rows ?? 4) - 1, (i) => `const row${i + 1} = row${i} + (m + ${i + 1} < rows ? outputStride : 0);`)}
    ${stores(tile)}
  }
}
`;

/** Groups of columns by the widest tile that they fill more than half. */
const gemmOf = (name: string, tiles: readonly (readonly [string, Tile])[]) => `
export function ${name}(
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
  const runBytes = runLength << 2;
  const panelBytes = (<usize>runs * runBytes) << 3;
  const single = lines * perLine === 1;
  while (columns > 0) {
    let done = 8;
    ${tiles
      .map(
        ([product, { rows, vectors }]) => `if (${rows === 1 ? 'single && ' : ''}columns > ${vectors > 2 ? 4 * vectors - 8 : 0}) {
      ${product}(a, lines, perLine, lineStride, stepStride, runs, runBytes, runStride, panels, bias, output, columns, outputStride);
      done = ${4 * vectors};
    }`,
      )
      .join(' else ')}
    panels += <usize>(done >> 3) * panelBytes;
    if (bias) bias += <usize>done << 2;
    output += <usize>done << 2;
    columns -= done;
  }
}
`;

export const gemm = `
import { loadColumns, storeColumns } from './columns';
import { multiplyAdd } from './multiplyAdd';
import { BLOCK, rowStart } from './packing';

// Tiles hold totals (t) and the sums of a block (c). A sum begins with its first product instead of 0, which could only show
// in the sign of a zero, and not in one that is added to a total: with 0 added to the bias no total is −0. Past the last row a
// tile does that one again. Vectors come in pairs that are used alike throughout, so that V8 can make 256-bit ones of them
// (--experimental-wasm-revectorize).
${product('product4x8', narrow)}
${product('product4x16', wide)}
${product('product1x32', row)}
${gemmOf('gemm', [
  ['product1x32', row],
  ['product4x8', narrow],
])}
${gemmOf('gemmWide', [
  ['product1x32', row],
  ['product4x16', wide],
  ['product4x8', narrow],
])}
`;
