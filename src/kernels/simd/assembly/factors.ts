import { loadColumns, storeColumns } from './columns';
import { demoted, high, low } from './columnSums';

export function multiplyRows(x: usize, rows: i32, columns: i32, factors: usize, y: usize): void {
  const rowBytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += rowBytes, y += rowBytes) {
    let c: usize = 0;
    for (; c + 32 <= rowBytes; c += 32) {
      const y0 = f32x4.mul(v128.load(x + c), v128.load(factors + c));
      const y1 = f32x4.mul(v128.load(x + c, 16), v128.load(factors + c, 16));
      v128.store(y + c, y0);
      v128.store(y + c, y1, 16);
    }
    for (; c < rowBytes; c += 4) store<f32>(y + c, load<f32>(x + c) * load<f32>(factors + c));
  }
}

export function columnProductSums(a: usize, b: usize, rows: i32, columns: i32, sums: usize): void {
  const rowBytes = <usize>columns << 2;
  for (let c = 0; c < columns; c += 4) {
    const valid = columns - c;
    const at = <usize>c << 2;
    let p = a + at;
    let q = b + at;
    let sum0 = f64x2.splat(0);
    let sum1 = f64x2.splat(0);
    for (let r = 0; r < rows; r++, p += rowBytes, q += rowBytes) {
      const x = loadColumns(p, valid);
      const y = loadColumns(q, valid);
      sum0 = f64x2.add(sum0, f64x2.mul(low(x), low(y)));
      sum1 = f64x2.add(sum1, f64x2.mul(high(x), high(y)));
    }
    storeColumns(sums + at, demoted(sum0, sum1), valid);
  }
}
