/** A tile of sums: four rows of so many vectors of four, to which so many terms of each sum are added in a turn. */
export interface Tile {
  readonly vectors: 2 | 4;
  readonly terms: 1 | 2;
}

/** What suits V8's sixteen 128-bit registers, and what keeps its 256-bit units at work where it fuses pairs of vectors. */
export const narrow: Tile = { vectors: 2, terms: 1 };
export const wide: Tile = { vectors: 4, terms: 2 };

const ROWS = 4;

/** The lines for 0, 1, … count − 1. */
export const each = (count: number, lines: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => lines(index)).join('\n');

/** Lines for each row and each vector of it, which pair by pair are used alike. */
export const eachVector = ({ vectors }: Tile, line: (row: number, vector: number) => string) =>
  each(ROWS, (row) => each(vectors, (vector) => line(row, vector)));

/** Sums that begin with 0. */
export const sums = (tile: Tile) => eachVector(tile, (i, j) => `let c${i}${j} = f32x4.splat(0);`);

/** Adds terms to the sums: a row's number is read at `left`, and multiplied by the vectors that are read at `right`. */
export const multiplyAdds = (
  { vectors, terms }: Tile,
  left: (row: number, term: number) => string,
  right: (vector: number, term: number) => string,
) =>
  each(terms, (term) =>
    [
      each(vectors, (j) => `const b${j}_${term} = v128.load(${right(j, term)});`),
      each(ROWS, (i) =>
        [
          `const x${i}_${term} = v128.load32_splat(${left(i, term)});`,
          each(vectors, (j) => `c${i}${j} = multiplyAdd(x${i}_${term}, b${j}_${term}, c${i}${j});`),
        ].join('\n'),
      ),
    ].join('\n'),
  );

/** Adds the sums of a row to what lies at a pointer. */
export const addSums = ({ vectors }: Tile, row: number, pointer: string) =>
  [
    each(vectors, (j) => `const t${row}${j} = v128.load(${pointer}, ${16 * j});`),
    each(vectors, (j) => `v128.store(${pointer}, f32x4.add(t${row}${j}, c${row}${j}), ${16 * j});`),
  ].join('\n');

/** Where vector `vector` of term `term` lies in panels of eight columns, of which `b` points to the first. */
export const inPanels = (vector: number, term: number) =>
  `b${vector < 2 ? '' : ' + panelBytes'}, ${32 * term + 16 * (vector % 2)}`;
