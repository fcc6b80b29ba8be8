import {
  each,
  eachRow,
  eachVector,
  firstProducts,
  inPanels,
  multiplyAdds,
  narrow,
  stores,
  type Tile,
  wide,
} from './tile.js';

// A row alone would be multiplied four times.
const wideRow: Tile = { rows: 1, vectors: 8, terms: 1 };
const narrowRow: Tile = { rows: 1, vectors: 4, terms: 1 };

const at = (place: string) => (row: number, term: number) => `a${row} + ${place}, ${4 * term}`;

/** Where the rows of a tile start in A, of which the first is row m; past the last row, where that one does. */
const rowStarts = ({ rows = 4 }: Tile) => `
const line = m / perLine;
let step = m - line * perLine;
let a0 = a + <usize>line * lineStride + <usize>step * stepStride;
${each(
  rows - 1,
  (i) => `let a${i + 1} = a${i};
if (m + ${i + 1} < rows) {
  if (++step < perLine) a${i + 1} += stepStride;
  else {
    a${i + 1} += lineStep;
    step = 0;
  }
}`,
)}`;

/** Adds so many terms, until the block ends. */
const addTerms = (tile: Tile) => `
if (k < end) {
  do {
    ${multiplyAdds(tile, at('k'), inPanels)}
    b += ${32 * tile.terms};
    k += ${4 * tile.terms};
  } while (k < end);
}`;

/** The sums of a block, which ends at \`end`: an odd term behind the first goes before pairs. */
const block = (tile: Tile) => `
${firstProducts(tile, at('start'), inPanels)}
b += 32;
let k = start + 4;
if (k < end) {
  ${
    tile.terms === 1
      ? ''
      : `if ((end - k) & 4) {
    ${multiplyAdds({ ...tile, terms: 1 }, at('k'), inPanels)}
    b += 32;
    k += 4;
  }`
  }
  ${addTerms(tile)}
}`;

const addToTotals = (tile: Tile) => eachVector(tile, (i, j) => `t${i}${j} = f32x4.add(t${i}${j}, c${i}${j});`);

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
  const lineStep = lineStride - <usize>(perLine - 1) * stepStride;
  ${each(tile.vectors, (j) => `const bias${j} = f32x4.add(v128.load(bias, ${16 * j}), f32x4.splat(0));`)}
  for (let m = 0; m < rows; m += ${tile.rows ?? 4}) {
    ${rowStarts(tile)}
    ${eachVector(tile, (i, j) => `let t${i}${j} = bias${j};`)}
    let b = panels;
    let run = runs;
    do {
      let start: usize = 0;
      do {
        const end = min(start + BLOCK, runBytes);
        ${block(tile)}
        ${addToTotals(tile)}
        start += BLOCK;
      } while (start < runBytes);
      ${eachRow(tile, (i) => `a${i} += runStride;`)}
    } while (--run);
    const row0 = output + <usize>m * outputStride;
    ${each((tile.rows ?? 4) - 1, (i) => `const row${i + 1} = row${i} + (m + ${i + 1} < rows ? outputStride : 0);`)}
    ${stores(tile)}
  }
}
`;

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

const productSingle = `
// Rows of A that lie one float apart, as a single channel's windows do: one pointer reaches four of them, a line's last
// four overlap with those before where four do not divide it, and the few terms' panels stay in the cache. A run has three
// terms or more; it is made anew for a known length.
@inline
function productSingle(
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
  width: i32,
  partial: bool,
  outputStride: usize,
): void {
  for (let line = 0; line < lines; line++, a += lineStride, output += <usize>perLine * outputStride) {
    for (let x = 0; x < perLine; x += 4) {
      const start = <usize>min(x, perLine - 4);
      const first = output + start * outputStride;
      let b = panels;
      let columns = width;
      let offset: usize = 0;
      do {
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
          ${addToTotals(narrow)}
          p += runStride;
        } while (--run);
        const row0 = first + offset;
        ${each(3, (i) => `const row${i + 1} = row${i} + outputStride;`)}
        if (partial) {
          ${stores(narrow)}
          break;
        }
        ${eachVector(narrow, (i, j) => `v128.store(row${i}, t${i}${j}, ${16 * j});`)}
        columns -= 8;
        offset += 32;
      } while (columns > 0);
    }
  }
}
`;

/** Columns by eights, and what is left of them. */
const singleChannel = `
function singleChannel(
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
  const whole = columns & ~7;
  if (whole > 0) {
    if (runBytes === 12)
      productSingle(a, lines, perLine, lineStride, runs, 12, runStride, panels, bias, output, whole, false, outputStride);
    else
      productSingle(a, lines, perLine, lineStride, runs, runBytes, runStride, panels, bias, output, whole, false, outputStride);
  }
  if (whole === columns) return;
  panels += <usize>(whole * runs) * runBytes;
  bias += <usize>whole << 2;
  output += <usize>whole << 2;
  productSingle(a, lines, perLine, lineStride, runs, runBytes, runStride, panels, bias, output, columns - whole, true, outputStride);
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
  if (panelBytes === 0) {
    // Sums of nothing: the loops of a product would take one term.
    for (let m = 0; m < lines * perLine; m++, output += outputStride) {
      if (bias) memory.copy(output, bias, <usize>columns << 2);
      else memory.fill(output, 0, <usize>columns << 2);
    }
    return;
  }
  if (bias && stepStride === 4 && perLine >= 4 && runLength >= 3 && runBytes <= BLOCK) {
    singleChannel(a, lines, perLine, lineStride, runs, runBytes, runStride, panels, bias, output, columns, outputStride);
    return;
  }
  while (columns > 0) {
    let done = 8;
    ${tiles
      .map(
        ([
          product,
          { rows, vectors },
        ]) => `if (${rows === 1 ? 'single && ' : ''}columns > ${vectors > 2 ? 4 * vectors - 8 : 0}) {
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
import { storeColumns } from './columns';
import { multiplyAdd } from './multiplyAdd';
import { BLOCK } from './packing';

// Tiles hold totals (t) and the sums of a block (c). A sum begins with its first product instead of 0, which could only show
// in the sign of a zero, and not in one that is added to a total: with 0 added to the bias no total is −0. Past the last row a
// tile does that one again. Vectors come in pairs that are used alike throughout, so that V8 can make 256-bit ones of them
// (--experimental-wasm-revectorize).
${product('product4x8', narrow)}
${product('product4x8Wide', { ...narrow, terms: 2 })}
${product('product4x16', wide)}
${product('product1x32', wideRow)}
${product('product1x16', narrowRow)}
${productSingle}
${singleChannel}
${gemmOf('gemm', [
  ['product1x16', narrowRow],
  ['product4x8', narrow],
])}
${gemmOf('gemmWide', [
  ['product1x32', wideRow],
  ['product4x16', wide],
  ['product4x8Wide', narrow],
])}
`;
