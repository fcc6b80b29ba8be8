import { loadColumns, storeColumns } from './columns';

@inline
function low(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

@inline
function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

export function columnSums(source: usize, rows: i32, columns: i32, output: usize): void {
  const rowBytes = <usize>columns << 2;
  for (let c = 0; c < columns; c += 4) {
    const valid = columns - c;
    let p = source + (<usize>c << 2);
    let sum0 = f64x2.splat(0);
    let sum1 = f64x2.splat(0);
    for (let r = 0; r < rows; r++, p += rowBytes) {
      const v = loadColumns(p, valid);
      sum0 = f64x2.add(sum0, low(v));
      sum1 = f64x2.add(sum1, high(v));
    }
    const sums = i8x16.shuffle(
      f32x4.demote_f64x2_zero(sum0),
      f32x4.demote_f64x2_zero(sum1),
      0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
    );
    storeColumns(output + (<usize>c << 2), sums, valid);
  }
}

export function columnMoments(x: usize, y: usize, rows: i32, columns: i32, sums: usize): void {
  const rowBytes = <usize>columns << 2;
  for (let c = 0; c < columns; c += 4) {
    const valid = columns - c;
    const offset = <usize>c << 2;
    const end = offset + <usize>rows * rowBytes;
    let sum0 = f64x2.splat(0);
    let sum1 = f64x2.splat(0);
    let product0 = f64x2.splat(0);
    let product1 = f64x2.splat(0);
    for (let i = offset; i < end; i += rowBytes) {
      const xs = loadColumns(x + i, valid);
      const ys = loadColumns(y + i, valid);
      sum0 = f64x2.add(sum0, low(xs));
      sum1 = f64x2.add(sum1, high(xs));
      product0 = f64x2.add(product0, f64x2.mul(low(xs), low(ys)));
      product1 = f64x2.add(product1, f64x2.mul(high(xs), high(ys)));
    }
    storeDoubles(sums + (offset << 1), sum0, sum1, valid);
    storeDoubles(sums + (<usize>columns << 3) + (offset << 1), product0, product1, valid);
  }
}

function storeDoubles(p: usize, first: v128, second: v128, valid: i32): void {
  v128.store_lane<f64>(p, first, 0);
  if (valid > 1) v128.store_lane<f64>(p, first, 1, 8);
  if (valid > 2) v128.store_lane<f64>(p, second, 0, 16);
  if (valid > 3) v128.store_lane<f64>(p, second, 1, 24);
}

export function scaleShift(x: usize, rows: i32, columns: i32, scale: usize, shift: usize, y: usize): void {
  const rowBytes = <usize>columns << 2;
  const whole = <usize>(columns & ~3) << 2;
  for (let r = 0; r < rows; r++, x += rowBytes, y += rowBytes) {
    for (let c: usize = 0; c < whole; c += 16) {
      const product = f32x4.mul(v128.load(x + c), v128.load(scale + c));
      v128.store(y + c, f32x4.add(product, v128.load(shift + c)));
    }
    for (let c = whole; c < rowBytes; c += 4)
      store<f32>(y + c, load<f32>(x + c) * load<f32>(scale + c) + load<f32>(shift + c));
  }
}

export function batchNormBackward(
  dy: usize,
  x: usize,
  rows: i32,
  columns: i32,
  coefficients: usize,
  dx: usize,
): void {
  const rowBytes = <usize>columns << 2;
  const whole = <usize>(columns & ~3) << 2;
  const a = coefficients;
  const b = a + rowBytes;
  const d = b + rowBytes;
  for (let r = 0; r < rows; r++, dy += rowBytes, x += rowBytes, dx += rowBytes) {
    for (let c: usize = 0; c < whole; c += 16) {
      const upstream = f32x4.mul(v128.load(a + c), v128.load(dy + c));
      const local = f32x4.mul(v128.load(b + c), v128.load(x + c));
      v128.store(dx + c, f32x4.add(f32x4.add(upstream, local), v128.load(d + c)));
    }
    for (let c = whole; c < rowBytes; c += 4) {
      const sum = load<f32>(a + c) * load<f32>(dy + c) + load<f32>(b + c) * load<f32>(x + c);
      store<f32>(dx + c, sum + load<f32>(d + c));
    }
  }
}
