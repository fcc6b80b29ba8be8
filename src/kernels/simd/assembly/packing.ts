/** Bytes of a row that are summed before the sum is added to the total: 64 numbers, as in ../../reference. */
export const BLOCK: usize = 256;

export function packPanels(
  source: usize,
  rows: i32,
  columns: i32,
  rowStride: usize,
  columnStride: usize,
  panels: usize,
  row: i32,
  depth: i32,
): void {
  const contiguous = columnStride === 4;
  for (let first = 0; first < columns; first += 8) {
    let target = panels + ((<usize>first * depth + (<usize>row << 3)) << 2);
    let from = source + <usize>first * columnStride;
    const valid = min(8, columns - first);
    if (valid === 8 && contiguous) {
      for (let k = 0; k < rows; k++, from += rowStride, target += 32) {
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
      }
    } else if (valid === 8) {
      packStrided(from, rows, rowStride, columnStride, target);
    } else {
      for (let k = 0; k < rows; k++, from += rowStride, target += 32) {
        for (let j = 0; j < 8; j++)
          store<f32>(target + (j << 2), j < valid ? load<f32>(from + <usize>j * columnStride) : 0);
      }
    }
  }
}

function packStrided(from: usize, rows: i32, rowStride: usize, columnStride: usize, target: usize): void {
  const from1 = from + columnStride;
  const from2 = from1 + columnStride;
  const from3 = from2 + columnStride;
  const half = columnStride << 2;
  const end = <usize>rows * rowStride;
  for (let k: usize = 0; k < end; k += rowStride, target += 32) {
    store<f32>(target, load<f32>(from + k));
    store<f32>(target, load<f32>(from1 + k), 4);
    store<f32>(target, load<f32>(from2 + k), 8);
    store<f32>(target, load<f32>(from3 + k), 12);
    store<f32>(target, load<f32>(from + half + k), 16);
    store<f32>(target, load<f32>(from1 + half + k), 20);
    store<f32>(target, load<f32>(from2 + half + k), 24);
    store<f32>(target, load<f32>(from3 + half + k), 28);
  }
}

/** Where row m of the patches starts; past the last row, where the last one does. */
@inline
export function rowStart(a: usize, m: i32, rows: i32, perLine: i32, lineStride: usize, stepStride: usize): usize {
  const row = min(m, rows - 1);
  const line = row / perLine;
  return a + <usize>line * lineStride + <usize>(row - line * perLine) * stepStride;
}

@inline
function columnOffset(k: i32, depth: i32, runLength: i32, runStride: usize): usize {
  const column = min(k, depth - 1);
  const run = column / runLength;
  return <usize>run * runStride + (<usize>(column - run * runLength) << 2);
}

/** packed[m] = columns k…k+3 of A's row m; past the last column, the last one again. */
export function packColumns(
  a: usize,
  lines: i32,
  perLine: i32,
  lineStride: usize,
  stepStride: usize,
  runs: i32,
  runLength: i32,
  runStride: usize,
  k: i32,
  packed: usize,
): void {
  const depth = runs * runLength;
  const a0 = columnOffset(k, depth, runLength, runStride);
  const a1 = columnOffset(k + 1, depth, runLength, runStride);
  const a2 = columnOffset(k + 2, depth, runLength, runStride);
  const a3 = columnOffset(k + 3, depth, runLength, runStride);
  const contiguous = a1 - a0 === 4 && a2 - a0 === 8 && a3 - a0 === 12;
  const lineBytes = <usize>perLine * stepStride;
  for (let line = 0; line < lines; line++, a += lineStride) {
    const end = a + lineBytes;
    if (contiguous) {
      for (let p = a; p < end; p += stepStride, packed += 16) v128.store(packed, v128.load(p + a0));
    } else {
      for (let p = a; p < end; p += stepStride, packed += 16) {
        store<f32>(packed, load<f32>(p + a0));
        store<f32>(packed, load<f32>(p + a1), 4);
        store<f32>(packed, load<f32>(p + a2), 8);
        store<f32>(packed, load<f32>(p + a3), 12);
      }
    }
  }
}
