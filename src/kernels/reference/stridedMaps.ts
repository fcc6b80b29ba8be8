import type { LineMap, LineMaps } from './winogradMaps.js';

const { fround } = Math;

// Winograd's maps for stride 2, as ./winogradMaps.ts has them for stride 1. The outer two weights are a convolution of the even
// pixels, which has the points 0, ∞, 1, −2 and −½ of F(4,2), or the first three of them, F(2,2). The middle weight multiplies
// the odd pixels: four of them are four values at the first four of these points, or two at 0 and ∞, so that their products add
// to those of the even pixels and both go one way to the outputs. Of such sets of points these have the smallest error.

/** Bᵀ: nine or five pixels to their points. */
export const inputMaps: LineMaps = {
  4(s, i, step) {
    const [x0, x1, x2, x3, x4, x5, x6, x7, x8] = line(s, i, step);
    s[i] = fround(x0 - x6) + fround(1.5 * fround(x2 - x4));
    s[i + step] = fround(x8 - x2) + fround(1.5 * fround(x6 - x4));
    s[i + 2 * step] = fround(x2 + x6) + fround(2.5 * x4);
    s[i + 3 * step] = x6 - fround(0.5 * fround(x2 + x4));
    s[i + 4 * step] = fround(x4 + x6) - fround(2 * x2);
    s[i + 5 * step] = x1 - fround(0.5 * fround(x3 + x5));
    s[i + 6 * step] = fround(x5 + x7) - fround(2 * x3);
    s[i + 7 * step] = third * fround(x5 + fround(2 * x3));
    s[i + 8 * step] = sixth * fround(x5 - x3);
  },
  2(s, i, step) {
    const [x0, x1, x2, x3, x4] = line(s, i, step);
    s[i] = x0 - x2;
    s[i + step] = x4 - x2;
    s[i + 2 * step] = 4.5 * x2;
    s[i + 5 * step] = x1;
    s[i + 6 * step] = x3;
  },
};

/** Aᵀ: points to four or two outputs. */
export const outputMaps: LineMaps = {
  4(s, i, step) {
    const [m0, m1, m2, m3, m4] = line(s, i, step);
    s[i] = fround(m0 + m2) + fround(m3 + m4);
    s[i + step] = m2 - fround(fround(2 * m3) + fround(0.5 * m4));
    s[i + 2 * step] = m2 + fround(fround(4 * m3) + fround(0.25 * m4));
    s[i + 3 * step] = fround(m1 + m2) - fround(fround(8 * m3) + fround(0.125 * m4));
  },
  2(s, i, step) {
    const [m0, m1, m2] = line(s, i, step);
    s[i] = m0 + m2;
    s[i + step] = m1 + m2;
  },
};

/** A: the gradients of four or two outputs to those of their points. */
export const outputGradientMaps: LineMaps = {
  4(s, i, step) {
    const [d0, d1, d2, d3] = line(s, i, step);
    s[i + step] = d3;
    s[i + 2 * step] = fround(d0 + d2) + fround(d1 + d3);
    s[i + 3 * step] = fround(d0 + fround(4 * d2)) - fround(fround(2 * d1) + fround(8 * d3));
    s[i + 4 * step] = fround(d0 + fround(0.25 * d2)) - fround(fround(0.5 * d1) + fround(0.125 * d3));
  },
  2(s, i, step) {
    const [d0, d1] = line(s, i, step);
    s[i + step] = d1;
    s[i + 2 * step] = d0 + d1;
  },
};

/** B: the gradients of points to those of nine or five pixels. */
export const inputGradientMaps: LineMaps = {
  4(s, i, step) {
    const [v0, v1, v2, v3, v4, v5, v6, v7, v8] = line(s, i, step);
    const half = fround(0.5 * v3);
    const halfOdd = fround(0.5 * v5);
    const thirdOdd = fround(third * v7);
    const sixthOdd = fround(sixth * v8);
    s[i + step] = v5;
    s[i + 2 * step] = fround(fround(v2 - v1) + fround(1.5 * v0)) - fround(fround(2 * v4) + half);
    s[i + 3 * step] = fround(fround(2 * thirdOdd) - sixthOdd) - fround(halfOdd + fround(2 * v6));
    s[i + 4 * step] = fround(fround(2.5 * v2) - fround(1.5 * fround(v0 + v1))) + fround(v4 - half);
    s[i + 5 * step] = fround(thirdOdd + sixthOdd) + fround(v6 - halfOdd);
    s[i + 6 * step] = fround(fround(v2 - v0) + fround(1.5 * v1)) + fround(v4 + v3);
    s[i + 7 * step] = v6;
    s[i + 8 * step] = v1;
  },
  2(s, i, step) {
    const [v0, v1, v2, , , v5, v6] = line(s, i, step);
    s[i + step] = v5;
    s[i + 2 * step] = fround(4.5 * v2) - fround(v0 + v1);
    s[i + 3 * step] = v6;
    s[i + 4 * step] = v1;
  },
};

const ninth = fround(1 / 9);
const sixth = fround(1 / 6);
const third = fround(1 / 3);

/** G: three weights to six points. */
export const weights: LineMap = (s, i, step) => {
  const [g0, g1, g2] = line(s, i, step);
  s[i + step] = g2;
  s[i + 2 * step] = ninth * fround(2 * fround(g0 + g2));
  s[i + 3 * step] = ninth * fround(fround(2 * g2) - g0);
  s[i + 4 * step] = ninth * fround(fround(8 * g0) - fround(4 * g2));
  s[i + 5 * step] = g1;
};

/** Gᵀ: the gradients of six points to those of three weights. */
export const weightGradients: LineMap = (s, i, step) => {
  const [u0, u1, u2, u3, u4, u5] = line(s, i, step);
  const both = fround(2 * u2);
  s[i] = u0 + fround(ninth * fround(both + fround(fround(8 * u4) - u3)));
  s[i + step] = u5;
  s[i + 2 * step] = u1 + fround(ninth * fround(both + fround(fround(2 * u3) - fround(4 * u4))));
};

const line = (s: Float32Array, i: number, step: number) =>
  [
    s[i],
    s[i + step],
    s[i + 2 * step],
    s[i + 3 * step],
    s[i + 4 * step],
    s[i + 5 * step],
    s[i + 6 * step],
    s[i + 7 * step],
    s[i + 8 * step],
  ] as const;
