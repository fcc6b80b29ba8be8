const { fround } = Math;

/** The totals of eight neighbouring outputs of a product, between what they begin with and the output. */
export const totals = new Float32Array(8);

/** Adds to the totals `length` terms of a row of A times eight columns of B, summed `block` at a time. The row's terms are
 * a[aStart], a[aStart + aStep], …; the columns' are b[bStart], b[bStart + bStep], … and the seven numbers behind each. */
export function addProducts(
  a: Float32Array,
  aStart: number,
  aStep: number,
  length: number,
  b: Float32Array,
  bStart: number,
  bStep: number,
  block: number,
): void {
  let [p, q] = [aStart, bStart];
  const last = bStart + bStep * length;
  while (q < last) {
    const end = Math.min(q + bStep * block, last);
    let [c0, c1, c2, c3, c4, c5, c6, c7] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (; q < end; p += aStep, q += bStep) {
      const x = a[p];
      c0 = fround(c0 + fround(x * b[q]));
      c1 = fround(c1 + fround(x * b[q + 1]));
      c2 = fround(c2 + fround(x * b[q + 2]));
      c3 = fround(c3 + fround(x * b[q + 3]));
      c4 = fround(c4 + fround(x * b[q + 4]));
      c5 = fround(c5 + fround(x * b[q + 5]));
      c6 = fround(c6 + fround(x * b[q + 6]));
      c7 = fround(c7 + fround(x * b[q + 7]));
    }
    totals[0] += c0;
    totals[1] += c1;
    totals[2] += c2;
    totals[3] += c3;
    totals[4] += c4;
    totals[5] += c5;
    totals[6] += c6;
    totals[7] += c7;
  }
}
