import { loadColumns, storeColumns, storeFour, storePair } from './columns';

@inline
export function low(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

@inline
export function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

/** Two pairs of float64 numbers as four float32 numbers. */
@inline
export function demoted(first: v128, second: v128): v128 {
  return i8x16.shuffle(
    f32x4.demote_f64x2_zero(first),
    f32x4.demote_f64x2_zero(second),
    0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
  );
}

// Sums over rows run over blocks of 16 rows in float32, whose sums are added in float64 (see ../../contract/channels.ts). They take
// sixteen columns at a time, a cache line, and what is left in fours.
@inline
function blockEnd(i: usize, end: usize, stride: usize): usize {
  return min(i + 16 * stride, end);
}

/** Adds sixteen float32 numbers in memory to as many float64 numbers there. */
export function addSixteen(doubles: usize, floats: usize): void {
  for (let i: usize = 0; i < 64; i += 16) addToDoubles(doubles + 2 * i, v128.load(floats + i));
}

/** Adds four float32 numbers to four float64 numbers in memory. */
@inline
function addToDoubles(p: usize, v: v128): void {
  storePair(p, f64x2.add(v128.load(p), low(v)), f64x2.add(v128.load(p, 16), high(v)));
}

export function columnSums(
  source: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  output: usize,
  accumulate: bool,
): void {
  for (let c = 0; c < columns; c += 4) {
    const valid = columns - c;
    let i = source + (<usize>c << 2);
    const end = i + <usize>rows * stride;
    let sum0 = f64x2.splat(0);
    let sum1 = f64x2.splat(0);
    while (i < end) {
      const last = blockEnd(i, end, stride);
      let s = f32x4.splat(0);
      for (; i < last; i += stride) s = f32x4.add(s, loadColumns(i, valid));
      sum0 = f64x2.add(sum0, low(s));
      sum1 = f64x2.add(sum1, high(s));
    }
    const sums = demoted(sum0, sum1);
    const p = output + (<usize>c << 2);
    storeColumns(p, accumulate ? f32x4.add(loadColumns(p, valid), sums) : sums, valid);
  }
}

/** Both sums of so many channels become 0: a shard may have few rows, and a call of memory.fill takes longer than they. */
@inline
export function clearMoments(sums: usize, columns: i32): void {
  const none = f64x2.splat(0);
  for (const end = sums + (<usize>columns << 4); sums < end; sums += 16) v128.store(sums, none);
}

/** Of a block of so many rows after p, whose differences from p have the sum s: the sum of its rows. */
@inline
function blockSum(p: v128, s: v128, count: v128): v128 {
  return f64x2.add(f64x2.mul(count, p), s);
}

/** The sum of its squares; q is that of the differences' squares. */
@inline
function blockSquares(p: v128, s: v128, q: v128, sum: v128): v128 {
  return f64x2.add(f64x2.mul(p, f64x2.add(sum, s)), q);
}

/** Adds a block's sums and sums of squares, of four channels, to those in memory. */
@inline
function addBlock(sums: usize, squares: usize, p: v128, s: v128, q: v128, count: v128): void {
  const sum0 = blockSum(low(p), low(s), count);
  const sum1 = blockSum(high(p), high(s), count);
  storePair(sums, f64x2.add(v128.load(sums), sum0), f64x2.add(v128.load(sums, 16), sum1));
  const squares0 = blockSquares(low(p), low(s), low(q), sum0);
  const squares1 = blockSquares(high(p), high(s), high(q), sum1);
  storePair(squares, f64x2.add(v128.load(squares), squares0), f64x2.add(v128.load(squares, 16), squares1));
}

export function columnMoments(
  x: usize,
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
    momentsOfRows(x, rows, columns, stride, sums, scratch);
    x += <usize>rows * stride;
  }
}

function momentsOfRows(
  x: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  sums: usize,
  scratch: usize,
): void {
  const rowBytes = <usize>columns << 2;
  const squares = sums + (rowBytes << 1);
  clearMoments(sums, columns);
  for (let r = 0; r < rows; r += 16, x += stride << 4) {
    const end = x + <usize>min(16, rows - r) * stride;
    const count = f64x2.splat(<f64>min(16, rows - r));
    let c: usize = 0;
    for (; c + 64 <= rowBytes; c += 64) {
      let i = x + c;
      const p0 = v128.load(i);
      const p1 = v128.load(i, 16);
      const p2 = v128.load(i, 32);
      const p3 = v128.load(i, 48);
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      let q0 = f32x4.splat(0);
      let q1 = f32x4.splat(0);
      let q2 = f32x4.splat(0);
      let q3 = f32x4.splat(0);
      for (i += stride; i < end; i += stride) {
        const d0 = f32x4.sub(v128.load(i), p0);
        const d1 = f32x4.sub(v128.load(i, 16), p1);
        const d2 = f32x4.sub(v128.load(i, 32), p2);
        const d3 = f32x4.sub(v128.load(i, 48), p3);
        s0 = f32x4.add(s0, d0);
        s1 = f32x4.add(s1, d1);
        s2 = f32x4.add(s2, d2);
        s3 = f32x4.add(s3, d3);
        q0 = f32x4.add(q0, f32x4.mul(d0, d0));
        q1 = f32x4.add(q1, f32x4.mul(d1, d1));
        q2 = f32x4.add(q2, f32x4.mul(d2, d2));
        q3 = f32x4.add(q3, f32x4.mul(d3, d3));
      }
      // On their way to float64: V8 fuses pairs of vectors that end in stores.
      storeFour(scratch, s0, s1, s2, s3);
      storeFour(scratch + 64, q0, q1, q2, q3);
      const s = sums + (c << 1);
      const q = squares + (c << 1);
      const first = x + c;
      for (let i: usize = 0; i < 64; i += 16)
        addBlock(s + 2 * i, q + 2 * i, v128.load(first + i), v128.load(scratch + i), v128.load(scratch + i, 64), count);
    }
    for (; c < rowBytes; c += 16) {
      const valid = <i32>((rowBytes - c) >> 2);
      let i = x + c;
      const p = loadColumns(i, valid);
      let s = f32x4.splat(0);
      let q = f32x4.splat(0);
      for (i += stride; i < end; i += stride) {
        const d = f32x4.sub(loadColumns(i, valid), p);
        s = f32x4.add(s, d);
        q = f32x4.add(q, f32x4.mul(d, d));
      }
      const sum0 = blockSum(low(p), low(s), count);
      const sum1 = blockSum(high(p), high(s), count);
      addDoubles(sums + (c << 1), sum0, sum1, valid);
      addDoubles(
        squares + (c << 1),
        blockSquares(low(p), low(s), low(q), sum0),
        blockSquares(high(p), high(s), high(q), sum1),
        valid,
      );
    }
  }
}

export function sumMoments(moments: usize, shards: i32, columns: i32, stride: usize): void {
  const apart = stride << 2;
  const last = <usize>(shards - 1) * apart;
  const end = moments + (<usize>columns << 4);
  // A cache line at a time.
  for (; moments + 64 <= end; moments += 64) {
    let sum0 = v128.load(moments);
    let sum1 = v128.load(moments, 16);
    let sum2 = v128.load(moments, 32);
    let sum3 = v128.load(moments, 48);
    for (let i = apart; i <= last; i += apart) {
      sum0 = f64x2.add(sum0, v128.load(moments + i));
      sum1 = f64x2.add(sum1, v128.load(moments + i, 16));
      sum2 = f64x2.add(sum2, v128.load(moments + i, 32));
      sum3 = f64x2.add(sum3, v128.load(moments + i, 48));
    }
    storeFour(moments, sum0, sum1, sum2, sum3);
  }
  for (; moments < end; moments += 16) {
    let sum = v128.load(moments);
    for (let i = apart; i <= last; i += apart) sum = f64x2.add(sum, v128.load(moments + i));
    v128.store(moments, sum);
  }
}

/** Adds the first `valid` of four float64 numbers to those in memory. */
export function addDoubles(p: usize, first: v128, second: v128, valid: i32): void {
  store<f64>(p, load<f64>(p) + f64x2.extract_lane(first, 0));
  if (valid > 1) store<f64>(p, load<f64>(p, 8) + f64x2.extract_lane(first, 1), 8);
  if (valid > 2) store<f64>(p, load<f64>(p, 16) + f64x2.extract_lane(second, 0), 16);
  if (valid > 3) store<f64>(p, load<f64>(p, 24) + f64x2.extract_lane(second, 1), 24);
}
