import { each, eachVector, inPanels, multiplyAdds, narrow, stores, sums, type Tile, wide } from './tile.js';

/** Where a term's four numbers lie: packed side by side, or in four columns of A, `step` from the next term's. */
const packed = (row: number, term: number) => `p, ${16 * term + 4 * row}`;
const inPlace = (row: number, term: number) => `p${row ? ` + column${row}` : ''}${term ? ' + step' : ''}`;

const terms = (tile: Tile, left: typeof packed, count: number) => `
${multiplyAdds({ ...tile, terms: count }, left, inPanels)}
b += ${32 * count};
p += ${left === packed ? 16 * count : `${count} * step`};`;

/** Four rows of the output and a tile's columns, of which so many exist. */
const product = (name: string, tile: Tile, left: typeof packed) => `
function ${name}(
  p: usize,
  column1: usize,
  column2: usize,
  column3: usize,
  step: usize,
  perLine: i32,
  gap: usize,
  rows: i32,
  b: usize,
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  columns: i32,
  accumulate: bool,
): void {
  const panelBytes = <usize>rows << 5;
  // Without earlier sums they begin with the zeros at address 0.
  ${each(4, (i) => `const from${i} = accumulate ? row${i} : 0;`)}
  ${eachVector(tile, (i, j) => `let t${i}${j} = v128.load(from${i}, ${16 * j});`)}
  let inLine = perLine;
  let left = rows;
  do {
    let inBlock = min(left, 64);
    left -= inBlock;
    ${sums(tile)}
    do {
      const count = min(inLine, inBlock);
      inBlock -= count;
      inLine -= count;
      const end = b + (<usize>count << 5);
      ${tile.terms === 1 ? '' : `if (count & 1) {${terms(tile, left, 1)}\n}`}
      if (b < end) {
        do {
          ${terms(tile, left, tile.terms)}
        } while (b < end);
      }
      if (inLine === 0) {
        inLine = perLine;
        p += gap;
      }
    } while (inBlock > 0);
    ${eachVector(tile, (i, j) => `t${i}${j} = f32x4.add(t${i}${j}, c${i}${j});`)}
  } while (left > 0);
  ${stores(tile)}
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
  const gap = lineStride - <usize>perLine * stepStride;
  // Rows that lie far apart are better read once.
  const few = columns <= (stepStride <= 1024 ? 64 : 32);
  for (let k = 0; k < depth; k += 4, output += 4 * outputStride) {
    if (!few) packColumns(a, lines, perLine, lineStride, stepStride, runs, runLength, runStride, k, packed);
    const column0 = columnOffset(k, depth, runLength, runStride);
    ${each(3, (i) => `const column${i + 1} = columnOffset(k + ${i + 1}, depth, runLength, runStride) - column0;`)}
    ${each(4, (i) => `const row${i} = ${i ? `row${i - 1} + (k + ${i} < depth ? outputStride : 0)` : 'output'};`)}
    let b = panels;
    let offset: usize = 0;
    let left = columns;
    while (left > 0) {
      ${tiles
        .map(
          ([product, { vectors }]) => `if (left > ${4 * vectors - 8}) {
        if (few) ${product}(a + column0, column1, column2, column3, stepStride, perLine, gap, rows, b, row0 + offset, row1 + offset, row2 + offset, row3 + offset, left, accumulate);
        else ${product}Packed(packed, 0, 0, 0, 0, rows, 0, rows, b, row0 + offset, row1 + offset, row2 + offset, row3 + offset, left, accumulate);
        b += <usize>rows << ${vectors === 4 ? 6 : 5};
        offset += ${16 * vectors};
        left -= ${4 * vectors};
      }`,
        )
        .join(' else ')}
    }
  }
}
`;

export const gemmTransposed = `
import { storeColumns } from './columns';
import { multiplyAdd } from './multiplyAdd';
import { columnOffset, packColumns } from './packing';

// Tiles as in ./gemm.ts. The rows' terms are packed in fours, but read where they are if that is for few columns.
${[
  ['product4x8', narrow] as const,
  ['product4x8Wide', { ...narrow, terms: 2 }] as const,
  ['product4x16', wide] as const,
]
  .map(([name, tile]) => product(name, tile, inPlace) + product(`${name}Packed`, tile, packed))
  .join('')}
${gemmOf('gemmTransposed', [['product4x8', narrow]])}
${gemmOf('gemmTransposedWide', [
  ['product4x16', wide],
  ['product4x8Wide', narrow],
])}
`;
