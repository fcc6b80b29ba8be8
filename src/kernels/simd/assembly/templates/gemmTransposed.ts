import { each, eachVector, inPanels, multiplyAdds, narrow, stores, sums, type Tile, wide } from './tile.js';

const inTerm = (row: number, term: number) => `p${term ? ' + step' : ''}, ${4 * row}`;

const terms = (tile: Tile, count: number) => `
${multiplyAdds({ ...tile, terms: count }, inTerm, inPanels)}
b += ${32 * count};
p += ${count === 1 ? '' : `${count} * `}step;`;

/** Four rows of the output and a tile's columns, of which so many exist. */
const product = (name: string, tile: Tile) => `
function ${name}(
  p: usize,
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
      ${tile.terms === 1 ? '' : `if (count & 1) {${terms(tile, 1)}\n}`}
      if (b < end) {
        do {
          ${terms(tile, tile.terms)}
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
  for (let k = 0; k < depth; k += 4, output += 4 * outputStride) {
    const run = k / runLength;
    const inRun = k - run * runLength;
    let p = a + <usize>run * runStride + (<usize>inRun << 2);
    let step = stepStride;
    let inLine = perLine;
    let gap = lineStride - <usize>perLine * stepStride;
    if (columns > 32 || inRun + 4 > runLength) {
      packColumns(a, lines, perLine, lineStride, stepStride, runs, runLength, runStride, k, packed);
      p = packed;
      step = 16;
      inLine = rows;
      gap = 0;
    }
    ${each(4, (i) => `const row${i} = ${i ? `row${i - 1} + (k + ${i} < depth ? outputStride : 0)` : 'output'};`)}
    let b = panels;
    let offset: usize = 0;
    let left = columns;
    while (left > 0) {
      ${tiles
        .map(
          ([product, { vectors }]) => `if (left > ${4 * vectors - 8}) {
        ${product}(p, step, inLine, gap, rows, b, row0 + offset, row1 + offset, row2 + offset, row3 + offset, left, accumulate);
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
import { packColumns } from './packing';

// Tiles as in ./gemm.ts. For few columns of B, four columns of A that lie side by side are read where they are; else they
// are packed in fours.
${product('product4x8', narrow)}
${product('product4x8Wide', { ...narrow, terms: 2 })}
${product('product4x16', wide)}
${gemmOf('gemmTransposed', [['product4x8', narrow]])}
${gemmOf('gemmTransposedWide', [
  ['product4x16', wide],
  ['product4x8Wide', narrow],
])}
`;
