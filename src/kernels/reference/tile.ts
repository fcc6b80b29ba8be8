const { fround } = Math;

/** The totals of a 4×4 tile of a product, row by row, between what they begin with and the output. */
export const tile = new Float32Array(16);

/**
 * Adds to the tile `length` terms of four rows of A times four columns of B, summed `block` at a time. The rows' terms
 * are a[a0], a[a0 + aStep], …, those of the second to fourth row a1, a2 and a3 behind them; the columns' are b[b0],
 * b[b0 + bStep], … and the three numbers behind each.
 */
export function multiplyTile(
  a: Float32Array,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  aStep: number,
  length: number,
  b: Float32Array,
  b0: number,
  bStep: number,
  block: number,
): void {
  const last = b0 + bStep * length;
  let p = a0;
  let k = b0;
  while (k < last) {
    const end = Math.min(k + bStep * block, last);
    let c00 = 0;
    let c01 = 0;
    let c02 = 0;
    let c03 = 0;
    let c10 = 0;
    let c11 = 0;
    let c12 = 0;
    let c13 = 0;
    let c20 = 0;
    let c21 = 0;
    let c22 = 0;
    let c23 = 0;
    let c30 = 0;
    let c31 = 0;
    let c32 = 0;
    let c33 = 0;
    for (; k < end; p += aStep, k += bStep) {
      const y0 = b[k];
      const y1 = b[k + 1];
      const y2 = b[k + 2];
      const y3 = b[k + 3];
      const x0 = a[p];
      const x1 = a[p + a1];
      const x2 = a[p + a2];
      const x3 = a[p + a3];
      c00 = fround(c00 + fround(x0 * y0));
      c01 = fround(c01 + fround(x0 * y1));
      c02 = fround(c02 + fround(x0 * y2));
      c03 = fround(c03 + fround(x0 * y3));
      c10 = fround(c10 + fround(x1 * y0));
      c11 = fround(c11 + fround(x1 * y1));
      c12 = fround(c12 + fround(x1 * y2));
      c13 = fround(c13 + fround(x1 * y3));
      c20 = fround(c20 + fround(x2 * y0));
      c21 = fround(c21 + fround(x2 * y1));
      c22 = fround(c22 + fround(x2 * y2));
      c23 = fround(c23 + fround(x2 * y3));
      c30 = fround(c30 + fround(x3 * y0));
      c31 = fround(c31 + fround(x3 * y1));
      c32 = fround(c32 + fround(x3 * y2));
      c33 = fround(c33 + fround(x3 * y3));
    }
    tile[0] += c00;
    tile[1] += c01;
    tile[2] += c02;
    tile[3] += c03;
    tile[4] += c10;
    tile[5] += c11;
    tile[6] += c12;
    tile[7] += c13;
    tile[8] += c20;
    tile[9] += c21;
    tile[10] += c22;
    tile[11] += c23;
    tile[12] += c30;
    tile[13] += c31;
    tile[14] += c32;
    tile[15] += c33;
  }
}
