import * as c from '../coefficients.js';

// Math.exp and Math.tanh differ between engines: these are made of + − × ÷ alone, each rounded to float32. Their errors are
// the largest that __tests__/kernels/functions.test.ts finds among all float32 numbers.

const { fround } = Math;

/** A step of Horner's rule. */
const next = (sum: number, x: number, coefficient: number) => fround(fround(sum * x) + fround(coefficient));

/** k of x = k·ln 2 + r. */
const multipleOfLn2 = (x: number) => fround(fround(fround(x * fround(Math.LOG2E)) + c.ROUNDING) - c.ROUNDING);

/** e^r − 1 of x = k·ln 2 + r. */
function nearZero(x: number, k: number): number {
  const r = fround(fround(x - fround(k * fround(c.LN2_HIGH))) - fround(k * fround(c.LN2_LOW)));
  let sum = next(fround(c.E6), r, c.E5);
  sum = next(sum, r, c.E4);
  sum = next(sum, r, c.E3);
  sum = next(sum, r, 0.5);
  return fround(r + fround(fround(r * r) * sum));
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** 2^k for −126 ≤ k ≤ 127. */
function powerOfTwo(k: number): number {
  bits[0] = (k + 127) << 23;
  return float[0];
}

/** e^x, within 1 unit of the last place. 2^k comes in two factors, so that what is subnormal is rounded once. */
export function exp(x: number): number {
  const bounded = Math.min(Math.max(x, c.EXP_LEAST), c.EXP_MOST);
  const k = multipleOfLn2(bounded);
  const half = k >> 1;
  const mantissa = fround(1 + nearZero(bounded, k));
  return fround(fround(mantissa * powerOfTwo(half)) * powerOfTwo(k - half));
}

/** 1 − e^x for −40 ≤ x ≤ 0. */
function oneMinusExp(x: number): number {
  const k = multipleOfLn2(x);
  const power = powerOfTwo(k);
  return fround(fround(1 - power) - fround(power * nearZero(x, k)));
}

/** tanh x, within 3 units of the last place: of |x| it is m / (2 − m) with m = 1 − e^−2|x|. */
export function tanh(x: number): number {
  const m = oneMinusExp(-2 * Math.min(Math.abs(x), c.TANH_MOST));
  return Math.sign(x) * fround(m / fround(2 - m));
}

/** erf x, within 3 units of the last place, which is 1e-7. */
export function erf(x: number): number {
  const size = Math.min(Math.abs(x), c.ERF_MOST);
  let sum = next(fround(c.Q8), size, c.Q7);
  sum = next(sum, size, c.Q6);
  sum = next(sum, size, c.Q5);
  sum = next(sum, size, c.Q4);
  sum = next(sum, size, c.Q3);
  sum = next(sum, size, c.Q2);
  sum = next(sum, size, c.Q1);
  sum = next(sum, size, c.Q0);
  return Math.sign(x) * oneMinusExp(-fround(size * sum));
}

/** Φ(x), a normal number's probability to be below x, within 1e-7. */
export const normalCdf = (x: number) => fround(0.5 * fround(1 + erf(fround(x * fround(Math.SQRT1_2)))));

/** The density of normal numbers at x. */
export const normalPdf = (x: number) => fround(fround(c.DENSITY) * exp(fround(fround(x * x) * -0.5)));
