import * as c from '../../coefficients';

// The functions of ../../reference/functions.ts, of four numbers.

@inline
export function splat(value: f64): v128 {
  return f32x4.splat(<f32>value);
}

/** A step of Horner's rule. */
@inline
function next(sum: v128, x: v128, coefficient: f64): v128 {
  return f32x4.add(f32x4.mul(sum, x), splat(coefficient));
}

/** k of x = k·ln 2 + r, with `bias` added to it, in the last bits of the sum that rounds it. */
@inline
function multipleOfLn2(x: v128, bias: f64): v128 {
  return f32x4.add(f32x4.mul(x, splat(Math.LOG2E)), splat(c.ROUNDING + bias));
}

/** e^r − 1 of x = k·ln 2 + r. */
@inline
function nearZero(x: v128, multiple: v128, bias: f64): v128 {
  const k = f32x4.sub(multiple, splat(c.ROUNDING + bias));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(k, splat(c.LN2_HIGH))), f32x4.mul(k, splat(c.LN2_LOW)));
  let sum = next(splat(c.E6), r, c.E5);
  sum = next(sum, r, c.E4);
  sum = next(sum, r, c.E3);
  sum = next(sum, r, 0.5);
  return f32x4.add(r, f32x4.mul(f32x4.mul(r, r), sum));
}

/** An exponent's bias in float32: 2^k is k + 127, shifted to its place. */
const BIAS: f64 = 127;

@inline
export function exp(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, splat(c.EXP_LEAST)), splat(c.EXP_MOST));
  const k = multipleOfLn2(bounded, 2 * BIAS);
  const half = i32x4.shr_s(k, 1);
  const mantissa = f32x4.add(splat(1), nearZero(bounded, k, 2 * BIAS));
  return f32x4.mul(f32x4.mul(mantissa, i32x4.shl(half, 23)), i32x4.shl(i32x4.sub(k, half), 23));
}

/** 1 − e^x for −40 ≤ x ≤ 0. */
@inline
function oneMinusExp(x: v128): v128 {
  const k = multipleOfLn2(x, BIAS);
  const power = i32x4.shl(k, 23);
  return f32x4.sub(f32x4.sub(splat(1), power), f32x4.mul(power, nearZero(x, k, BIAS)));
}

/** A number that is not negative, with the sign of x. */
@inline
function signed(size: v128, x: v128): v128 {
  return v128.or(size, v128.and(x, splat(-0.0)));
}

@inline
export function tanh(x: v128): v128 {
  const m = oneMinusExp(f32x4.mul(splat(-2), f32x4.pmin(f32x4.abs(x), splat(c.TANH_MOST))));
  return signed(f32x4.div(m, f32x4.sub(splat(2), m)), x);
}

@inline
function erf(x: v128): v128 {
  const size = f32x4.pmin(f32x4.abs(x), splat(c.ERF_MOST));
  let sum = next(splat(c.Q8), size, c.Q7);
  sum = next(sum, size, c.Q6);
  sum = next(sum, size, c.Q5);
  sum = next(sum, size, c.Q4);
  sum = next(sum, size, c.Q3);
  sum = next(sum, size, c.Q2);
  sum = next(sum, size, c.Q1);
  sum = next(sum, size, c.Q0);
  return signed(oneMinusExp(f32x4.neg(f32x4.mul(size, sum))), x);
}

@inline
export function normalCdf(x: v128): v128 {
  return f32x4.mul(splat(0.5), f32x4.add(splat(1), erf(f32x4.mul(x, splat(Math.SQRT1_2)))));
}

@inline
export function normalPdf(x: v128): v128 {
  return f32x4.mul(splat(c.DENSITY), exp(f32x4.mul(f32x4.mul(x, x), splat(-0.5))));
}
