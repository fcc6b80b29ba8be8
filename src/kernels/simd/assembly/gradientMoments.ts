import { loadColumns, storeColumns, storeFour } from './columns';
import { addDoubles, addSixteen, clearMoments, high, low } from './columnSums';
import { fetchRows } from './fetch';

// Which gradients are kept: all, those where y > 0, or those where y < ceiling as well.
const ALL = 0;
const POSITIVE = 1;
const BETWEEN = 2;

@inline
function kept(which: i32, y: v128, ceiling: v128, dy: v128): v128 {
  const low = f32x4.le(y, f32x4.splat(0));
  return v128.andnot(dy, which === BETWEEN ? v128.or(low, f32x4.ge(y, ceiling)) : low);
}

/** Adds the moments of a block of at most 16 rows to those in memory. `which`, a constant, says where 0 is put into dy before it is
 * summed; y is not read for all. */
@inline
function addBlockMoments(
  which: i32,
  y: usize,
  ceiling: f32,
  dy: usize,
  x: usize,
  center: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  sums: usize,
  scratch: usize,
): void {
  const highest = f32x4.splat(ceiling);
  const rowBytes = <usize>columns << 2;
  const products = sums + (rowBytes << 1);
  const end = <usize>rows * stride;
  fetchRows(dy, rows, rowBytes, stride);
  fetchRows(x, rows, rowBytes, stride);
  if (which !== ALL) fetchRows(y, rows, rowBytes, stride);
  let c: usize = 0;
  for (; c + 64 <= rowBytes; c += 64) {
    const center0 = v128.load(center + c);
    const center1 = v128.load(center + c, 16);
    const center2 = v128.load(center + c, 32);
    const center3 = v128.load(center + c, 48);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let p0 = f32x4.splat(0);
    let p1 = f32x4.splat(0);
    let p2 = f32x4.splat(0);
    let p3 = f32x4.splat(0);
    for (let i = c; i < end; i += stride) {
      let dy0 = v128.load(dy + i);
      let dy1 = v128.load(dy + i, 16);
      let dy2 = v128.load(dy + i, 32);
      let dy3 = v128.load(dy + i, 48);
      if (which !== ALL) {
        dy0 = kept(which, v128.load(y + i), highest, dy0);
        dy1 = kept(which, v128.load(y + i, 16), highest, dy1);
        dy2 = kept(which, v128.load(y + i, 32), highest, dy2);
        dy3 = kept(which, v128.load(y + i, 48), highest, dy3);
        storeFour(dy + i, dy0, dy1, dy2, dy3);
      }
      s0 = f32x4.add(s0, dy0);
      s1 = f32x4.add(s1, dy1);
      s2 = f32x4.add(s2, dy2);
      s3 = f32x4.add(s3, dy3);
      p0 = f32x4.add(p0, f32x4.mul(dy0, f32x4.sub(v128.load(x + i), center0)));
      p1 = f32x4.add(p1, f32x4.mul(dy1, f32x4.sub(v128.load(x + i, 16), center1)));
      p2 = f32x4.add(p2, f32x4.mul(dy2, f32x4.sub(v128.load(x + i, 32), center2)));
      p3 = f32x4.add(p3, f32x4.mul(dy3, f32x4.sub(v128.load(x + i, 48), center3)));
    }
    storeFour(scratch, s0, s1, s2, s3);
    storeFour(scratch + 64, p0, p1, p2, p3);
    addSixteen(sums + (c << 1), scratch);
    addSixteen(products + (c << 1), scratch + 64);
  }
  for (; c < rowBytes; c += 16) {
    const valid = <i32>((rowBytes - c) >> 2);
    const centers = loadColumns(center + c, valid);
    let s = f32x4.splat(0);
    let p = f32x4.splat(0);
    for (let i = c; i < end; i += stride) {
      let upstream = loadColumns(dy + i, valid);
      if (which !== ALL) {
        upstream = kept(which, loadColumns(y + i, valid), highest, upstream);
        storeColumns(dy + i, upstream, valid);
      }
      s = f32x4.add(s, upstream);
      p = f32x4.add(p, f32x4.mul(upstream, f32x4.sub(loadColumns(x + i, valid), centers)));
    }
    addDoubles(sums + (c << 1), low(s), high(s), valid);
    addDoubles(products + (c << 1), low(p), high(p), valid);
  }
}

/** Adds the moments of a block of at most 16 rows to those in memory. */
export function addMoments(
  dy: usize,
  x: usize,
  center: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  sums: usize,
  scratch: usize,
): void {
  addBlockMoments(ALL, 0, 0, dy, x, center, rows, columns, stride, sums, scratch);
}

@inline
function moments(
  which: i32,
  y: usize,
  ceiling: f32,
  dy: usize,
  x: usize,
  center: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  sums: usize,
  scratch: usize,
): void {
  clearMoments(sums, columns);
  const step = stride << 4;
  for (let left = rows; left > 0; left -= 16, y += step, dy += step, x += step)
    addBlockMoments(which, y, ceiling, dy, x, center, min(16, left), columns, stride, sums, scratch);
}

export function gradientMoments(
  dy: usize,
  x: usize,
  center: usize,
  samples: usize,
  shards: i32,
  perSample: i32,
  columns: i32,
  stride: usize,
  sums: usize,
  scratch: usize,
): void {
  for (let shard = 0; shard < shards; shard++, samples += 4, sums += stride << 2) {
    const rows = load<i32>(samples) * perSample;
    moments(ALL, 0, 0, dy, x, center, rows, columns, stride, sums, scratch);
    dy += <usize>rows * stride;
    x += <usize>rows * stride;
  }
}

// Functions of their own: see ./activatedBatchNorm.ts.

function positiveMoments(
  y: usize,
  dy: usize,
  x: usize,
  center: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  sums: usize,
  scratch: usize,
): void {
  moments(POSITIVE, y, 0, dy, x, center, rows, columns, stride, sums, scratch);
}

function boundedMoments(
  y: usize,
  ceiling: f32,
  dy: usize,
  x: usize,
  center: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  sums: usize,
  scratch: usize,
): void {
  moments(BETWEEN, y, ceiling, dy, x, center, rows, columns, stride, sums, scratch);
}

export function rectifiedGradientMoments(
  y: usize,
  ceiling: f32,
  dy: usize,
  x: usize,
  center: usize,
  samples: usize,
  shards: i32,
  perSample: i32,
  columns: i32,
  stride: usize,
  sums: usize,
  scratch: usize,
): void {
  for (let shard = 0; shard < shards; shard++, samples += 4, sums += stride << 2) {
    const rows = load<i32>(samples) * perSample;
    if (ceiling === Infinity) positiveMoments(y, dy, x, center, rows, columns, stride, sums, scratch);
    else boundedMoments(y, ceiling, dy, x, center, rows, columns, stride, sums, scratch);
    y += <usize>rows * stride;
    dy += <usize>rows * stride;
    x += <usize>rows * stride;
  }
}
