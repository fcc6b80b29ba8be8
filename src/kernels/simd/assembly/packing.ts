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
  for (let first = 0; first < columns; first += 8) {
    const target = panels + ((<usize>first * depth + (<usize>row << 3)) << 2);
    const from = source + <usize>first * columnStride;
    const valid = min(8, columns - first);
    if (columnStride === 4) packRows(from, rows, rowStride, valid, target);
    else packColumnsOfEight(from, rows, rowStride, columnStride, valid, target);
  }
}

/** Ones where a panel's columns exist: of its first four, with 0, or of the others, with 4. */
@inline
function existing(first: i32, valid: i32): v128 {
  return v128.gt<i32>(i32x4.splat(valid - first), i32x4(0, 1, 2, 3));
}

function packRows(from: usize, rows: i32, rowStride: usize, valid: i32, target: usize): void {
  const end = target + (<usize>rows << 5);
  if (valid === 8) {
    for (; target < end; from += rowStride, target += 32) {
      v128.store(target, v128.load(from));
      v128.store(target, v128.load(from, 16), 16);
    }
    return;
  }
  const low = existing(0, valid);
  const high = existing(4, valid);
  for (; target < end; from += rowStride, target += 32) {
    v128.store(target, v128.and(v128.load(from), low));
    v128.store(target, v128.and(v128.load(from, 16), high), 16);
  }
}

/** Columns whose numbers lie one behind the other are turned in squares of four. */
function packColumnsOfEight(
  from: usize,
  rows: i32,
  rowStride: usize,
  columnStride: usize,
  valid: i32,
  target: usize,
): void {
  let k = 0;
  if (rowStride === 4) {
    for (; k + 4 <= rows; k += 4) {
      const p = from + (<usize>k << 2);
      const q = target + (<usize>k << 5);
      packSquare(p, columnStride, min(4, valid), q);
      packSquare(valid > 4 ? p + 4 * columnStride : p, columnStride, valid - 4, q + 16);
    }
  }
  for (; k < rows; k++) {
    const p = from + <usize>k * rowStride;
    const q = target + (<usize>k << 5);
    for (let j = 0; j < 8; j++) store<f32>(q + (j << 2), j < valid ? load<f32>(p + <usize>j * columnStride) : 0);
  }
}

/** Four numbers of each of four columns, of which so many exist. */
@inline
function packSquare(p: usize, columnStride: usize, valid: i32, q: usize): void {
  const mask = existing(0, valid);
  const p1 = p + (valid > 1 ? columnStride : 0);
  const p2 = p1 + (valid > 2 ? columnStride : 0);
  const p3 = p2 + (valid > 3 ? columnStride : 0);
  const a = v128.load(p);
  const b = v128.load(p1);
  const c = v128.load(p2);
  const d = v128.load(p3);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const abBehind = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdBehind = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(q, v128.and(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), mask));
  v128.store(q, v128.and(v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), mask), 32);
  v128.store(q, v128.and(v128.shuffle<f32>(abBehind, cdBehind, 0, 1, 4, 5), mask), 64);
  v128.store(q, v128.and(v128.shuffle<f32>(abBehind, cdBehind, 2, 3, 6, 7), mask), 96);
}

/** Where column k of the patches lies in a row; past the last column, where the last one does. */
@inline
export function columnOffset(k: i32, depth: i32, runLength: i32, runStride: usize): usize {
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
