/** An im2col matrix A that is never stored. Row m of its lines·perLine rows starts at
 * ⌊m / perLine⌋·lineStride + (m mod perLine)·stepStride; it has K = runs·runLength columns: runs of contiguous floats,
 * runStride apart. A padded NHWC image has a line for each output row, and a run for each row of the convolution's
 * window; a plain matrix has one line and one run. */
export interface Patches {
  readonly lines: number;
  readonly perLine: number;
  readonly lineStride: number;
  readonly stepStride: number;
  readonly runs: number;
  readonly runLength: number;
  readonly runStride: number;
}

/** A stored matrix of M rows and K columns, the rows `stride` apart, as patches. */
export function matrix(rows: number, columns: number, stride = columns): Patches {
  return { lines: 1, perLine: rows, lineStride: 0, stepStride: stride, runs: 1, runLength: columns, runStride: 0 };
}

/** Floats that B[K×N] takes as panels. */
export const panelSize = (depth: number, columns: number) => Math.ceil(columns / 8) * 8 * depth;
