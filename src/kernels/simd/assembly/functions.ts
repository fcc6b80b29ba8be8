import * as k from './constants';

// The functions of ../../reference/functions.ts, of four numbers.

/** Four times the constant at a place. */
@inline
export function splat(place: usize): v128 {
  return v128.load32_splat(place);
}

/** A step of Horner's rule. */
@inline
function next(sum: v128, x: v128, coefficient: usize): v128 {
  return f32x4.add(f32x4.mul(sum, x), splat(coefficient));
}

/** k of x = k·ln 2 + r, and the bias of `rounding`, in the last bits of the sum that rounds it. */
@inline
function multipleOfLn2(x: v128, rounding: usize): v128 {
  return f32x4.add(f32x4.mul(x, splat(k.PER_LN2)), splat(rounding));
}

/** e^r − 1 of x = k·ln 2 + r. */
@inline
function nearZero(x: v128, biased: v128, rounding: usize): v128 {
  const whole = f32x4.sub(biased, splat(rounding));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(whole, splat(k.LN2_HIGH))), f32x4.mul(whole, splat(k.LN2_LOW)));
  let sum = next(splat(k.E6), r, k.E5);
  sum = next(sum, r, k.E4);
  sum = next(sum, r, k.E3);
  sum = next(sum, r, k.HALF);
  return f32x4.add(r, f32x4.mul(f32x4.mul(r, r), sum));
}

@inline
export function exp(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, splat(k.EXP_LEAST)), splat(k.EXP_MOST));
  const biased = multipleOfLn2(bounded, k.ROUNDING_BIASED_TWICE);
  const half = i32x4.shr_s(biased, 1);
  const mantissa = f32x4.add(splat(k.ONE), nearZero(bounded, biased, k.ROUNDING_BIASED_TWICE));
  return f32x4.mul(f32x4.mul(mantissa, i32x4.shl(half, 23)), i32x4.shl(i32x4.sub(biased, half), 23));
}

/** 1 − e^x for −40 ≤ x ≤ 0. */
@inline
function oneMinusExp(x: v128): v128 {
  const biased = multipleOfLn2(x, k.ROUNDING_BIASED);
  const power = i32x4.shl(biased, 23);
  return f32x4.sub(f32x4.sub(splat(k.ONE), power), f32x4.mul(power, nearZero(x, biased, k.ROUNDING_BIASED)));
}

/** A number that is not negative, with the sign of x. */
@inline
function signed(size: v128, x: v128): v128 {
  return v128.or(size, v128.and(x, f32x4.splat(-0.0)));
}

@inline
export function tanh(x: v128): v128 {
  const m = oneMinusExp(f32x4.mul(splat(k.MINUS_TWO), f32x4.pmin(f32x4.abs(x), splat(k.TANH_MOST))));
  return signed(f32x4.div(m, f32x4.sub(splat(k.TWO), m)), x);
}

@inline
function erf(x: v128): v128 {
  const size = f32x4.pmin(f32x4.abs(x), splat(k.ERF_MOST));
  let sum = next(splat(k.Q8), size, k.Q7);
  sum = next(sum, size, k.Q6);
  sum = next(sum, size, k.Q5);
  sum = next(sum, size, k.Q4);
  sum = next(sum, size, k.Q3);
  sum = next(sum, size, k.Q2);
  sum = next(sum, size, k.Q1);
  sum = next(sum, size, k.Q0);
  return signed(oneMinusExp(f32x4.neg(f32x4.mul(size, sum))), x);
}

@inline
export function normalCdf(x: v128): v128 {
  return f32x4.mul(splat(k.HALF), f32x4.add(splat(k.ONE), erf(f32x4.mul(x, splat(k.SQRT_HALF)))));
}

@inline
export function normalPdf(x: v128): v128 {
  return f32x4.mul(splat(k.DENSITY), exp(f32x4.mul(f32x4.mul(x, x), splat(k.MINUS_HALF))));
}
