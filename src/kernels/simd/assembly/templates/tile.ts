/** A tile of sums: rows of so many vectors of four, to which so many terms of each sum are added in a turn. */
export interface Tile {
  /** Four if not given. */
  readonly rows?: number;
  readonly vectors: number;
  readonly terms: number;
}

/** What suits V8's sixteen 128-bit registers, and what keeps its 256-bit units at work where it fuses pairs of vectors. */
export const narrow: Tile = { vectors: 2, terms: 1 };
export const wide: Tile = { vectors: 4, terms: 2 };

/** The lines for 0, 1, … count − 1. */
export const each = (count: number, lines: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => lines(index)).join('\n');

/** Lines for each row. */
export const eachRow = ({ rows = 4 }: Tile, line: (row: number) => string) => each(rows, line);

/** Lines for each row and each vector of it, which pair by pair are used alike. */
export const eachVector = (tile: Tile, line: (row: number, vector: number) => string) =>
  eachRow(tile, (row) => each(tile.vectors, (vector) => line(row, vector)));

/** Sums that begin with 0. */
export const sums = (tile: Tile) => eachVector(tile, (i, j) => `let c${i}${j} = f32x4.splat(0);`);

/** What reads a row's number of a term, or a vector that it is multiplied by. */
type Left = (row: number, term: number) => string;
type Right = (vector: number, term: number) => string;

/** A term of each sum: `line` says what becomes of a product. */
const products = (
  tile: Tile,
  name: string,
  term: number,
  left: Left,
  right: Right,
  line: (i: number, j: number, product: string) => string,
) =>
  [
    each(tile.vectors, (j) => `const b${j}_${name} = v128.load(${right(j, term)});`),
    eachRow(tile, (i) =>
      [
        `const x${i}_${name} = v128.load32_splat(${left(i, term)});`,
        each(tile.vectors, (j) => line(i, j, `x${i}_${name}, b${j}_${name}`)),
      ].join('\n'),
    ),
  ].join('\n');

/** Sums that begin with their first products. */
export const firstProducts = (tile: Tile, left: Left, right: Right) =>
  products(tile, 'first', 0, left, right, (i, j, factors) => `let c${i}${j} = f32x4.mul(${factors});`);

/** Adds terms to the sums: a row's number is read at `left`, and multiplied by the vectors that are read at `right`. */
export const multiplyAdds = (tile: Tile, left: Left, right: Right) =>
  each(tile.terms, (term) =>
    products(tile, `${term}`, term, left, right, (i, j, factors) => `c${i}${j} = multiplyAdd(${factors}, c${i}${j});`),
  );

/** Stores the totals, of which all columns exist, or only some. Of a pair the high vector is first: see storePair. */
export const stores = (tile: Tile) => `
if (columns >= ${4 * tile.vectors}) {
  ${eachVector(tile, (i, j) => `v128.store(row${i}, t${i}${j ^ 1}, ${16 * (j ^ 1)});`)}
} else {
  ${eachVector(tile, (i, j) => `storeColumns(row${i}${j ? ` + ${16 * j}` : ''}, t${i}${j}, columns - ${4 * j});`)}
}`;

/** Adds the sums of a row to what lies at a pointer. */
export const addSums = ({ vectors }: Tile, row: number, pointer: string) =>
  [
    each(vectors, (j) => `const t${row}${j} = v128.load(${pointer}, ${16 * j});`),
    each(vectors, (j) => `const s${row}${j} = f32x4.add(t${row}${j}, c${row}${j});`),
    each(vectors, (j) => `v128.store(${pointer}, s${row}${j ^ 1}, ${16 * (j ^ 1)});`),
  ].join('\n');

const panelStarts = ['b', 'b + panelBytes', 'b + 2 * panelBytes', 'b + 3 * panelBytes'];

/** Where vector `vector` of term `term` lies in panels of eight columns, of which `b` points to the first. */
export const inPanels = (vector: number, term: number) =>
  `${panelStarts[vector >> 1]}, ${32 * term + 16 * (vector % 2)}`;
