import * as c from '../coefficients.js';

// Math.exp and Math.tanh differ between engines: these are made of + − × ÷ alone, each rounded to float32. Their errors are
// the largest that __tests__/kernels/functions.test.ts finds among all float32 numbers.

const { fround } = Math;

const EXP_COEFFICIENTS = [c.E6, c.E5, c.E4, c.E3, 0.5].map(fround);
const ERF_COEFFICIENTS = [c.Q8, c.Q7, c.Q6, c.Q5, c.Q4, c.Q3, c.Q2, c.Q1, c.Q0].map(fround);

/** By Horner's rule, from the highest power down. */
function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) sum = fround(fround(sum * x) + coefficients[i]);
  return sum;
}

/** k of x = k·ln 2 + r. */
const multipleOfLn2 = (x: number) => fround(fround(fround(x * fround(Math.LOG2E)) + c.ROUNDING) - c.ROUNDING);

/** e^r − 1 of x = k·ln 2 + r. */
function nearZero(x: number, k: number): number {
  const r = fround(fround(x - fround(k * fround(c.LN2_HIGH))) - fround(k * fround(c.LN2_LOW)));
  return fround(r + fround(fround(r * r) * polynomial(r, EXP_COEFFICIENTS)));
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

/** tanh x = m / (2 − m) with m = 1 − e^−2x, within 3 units of the last place. */
export function tanh(x: number): number {
  const m = oneMinusExp(-2 * Math.min(Math.abs(x), c.TANH_MOST));
  return Math.sign(x) * fround(m / fround(2 - m));
}

/** erf x, within 3 units of the last place, which is 1e-7. */
export function erf(x: number): number {
  const size = Math.min(Math.abs(x), c.ERF_MOST);
  return Math.sign(x) * oneMinusExp(-fround(size * polynomial(size, ERF_COEFFICIENTS)));
}

/** Φ(x), a normal number's probability to be below x, within 1e-7. */
export const normalCdf = (x: number) => fround(0.5 * fround(1 + erf(fround(x * fround(Math.SQRT1_2)))));

/** The density of normal numbers at x. */
export const normalPdf = (x: number) => fround(fround(c.DENSITY) * exp(fround(fround(x * x) * -0.5)));
