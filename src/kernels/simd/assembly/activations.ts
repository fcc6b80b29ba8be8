import {
  GELU,
  GELU_TANH,
  HARDSIGMOID,
  HARDSWISH,
  LEAKY_RELU,
  RELU6,
  SIGMOID,
  SILU,
  TANH,
} from '../../activation';
import { loadColumns, storeColumns, storePair } from './columns';
import * as k from './constants';
import { exp, normalCdf, normalPdf, splat, tanh as tanhOf } from './functions';

/** min(max(x, 0), 6). */
@inline
function between0And6(x: v128): v128 {
  return f32x4.pmin(v128.andnot(x, f32x4.le(x, f32x4.splat(0))), splat(k.SIX));
}

/** 1 + e^−x. */
@inline
function onePlusExp(x: v128): v128 {
  return f32x4.add(splat(k.ONE), exp(f32x4.neg(x)));
}

@inline
function geluFactor(x: v128, cubic: usize): v128 {
  return f32x4.add(splat(k.G1), f32x4.mul(splat(cubic), f32x4.mul(x, x)));
}

@inline
export function value(operation: i32, x: v128, slope: v128): v128 {
  if (operation === LEAKY_RELU) return v128.bitselect(x, f32x4.mul(x, slope), f32x4.gt(x, f32x4.splat(0)));
  if (operation === RELU6) return between0And6(x);
  if (operation === HARDSIGMOID) return f32x4.div(between0And6(f32x4.add(x, splat(k.THREE))), splat(k.SIX));
  if (operation === HARDSWISH) return f32x4.div(f32x4.mul(x, between0And6(f32x4.add(x, splat(k.THREE)))), splat(k.SIX));
  if (operation === SIGMOID) return f32x4.div(splat(k.ONE), onePlusExp(x));
  if (operation === TANH) return tanhOf(x);
  if (operation === SILU) return f32x4.div(x, onePlusExp(x));
  if (operation === GELU) return f32x4.mul(x, normalCdf(x));
  return f32x4.div(x, onePlusExp(f32x4.mul(x, geluFactor(x, k.G3))));
}

/** The gradient of x, of which x or y is given as `a`. */
@inline
export function gradient(operation: i32, a: v128, dy: v128, slope: v128): v128 {
  if (operation === LEAKY_RELU) return v128.bitselect(dy, f32x4.mul(dy, slope), f32x4.gt(a, f32x4.splat(0)));
  if (operation === RELU6) return v128.andnot(dy, v128.or(f32x4.le(a, f32x4.splat(0)), f32x4.ge(a, splat(k.SIX))));
  if (operation === HARDSIGMOID)
    return v128.and(f32x4.mul(dy, splat(k.SIXTH)), v128.and(f32x4.gt(a, splat(k.MINUS_THREE)), f32x4.lt(a, splat(k.THREE))));
  if (operation === HARDSWISH) {
    const inside = f32x4.mul(dy, f32x4.add(f32x4.div(a, splat(k.THREE)), splat(k.HALF)));
    return v128.andnot(v128.bitselect(dy, inside, f32x4.ge(a, splat(k.THREE))), f32x4.lt(a, splat(k.MINUS_THREE)));
  }
  if (operation === SIGMOID) return f32x4.mul(dy, f32x4.mul(f32x4.sub(splat(k.ONE), a), a));
  if (operation === TANH) return f32x4.mul(dy, f32x4.sub(splat(k.ONE), f32x4.mul(a, a)));
  if (operation === GELU) return f32x4.mul(dy, f32x4.add(normalCdf(a), f32x4.mul(a, normalPdf(a))));
  const v = operation === SILU ? a : f32x4.mul(a, geluFactor(a, k.G3));
  const s = f32x4.div(splat(k.ONE), onePlusExp(v));
  const rest = f32x4.sub(splat(k.ONE), s);
  if (operation === SILU) return f32x4.mul(dy, f32x4.mul(s, f32x4.add(splat(k.ONE), f32x4.mul(a, rest))));
  const rise = f32x4.mul(f32x4.mul(s, rest), geluFactor(a, k.G3_SLOPE));
  return f32x4.mul(dy, f32x4.add(s, f32x4.mul(a, rise)));
}

@inline
function map(operation: i32, x: usize, length: i32, slope: f32, y: usize): void {
  const slopes = f32x4.splat(slope);
  let left = length;
  if (left >= 8)
    do {
      const y1 = value(operation, v128.load(x, 16), slopes);
      const y0 = value(operation, v128.load(x), slopes);
      storePair(y, y0, y1);
      x += 32;
      y += 32;
      left -= 8;
    } while (left >= 8);
  for (; left > 0; left -= 4, x += 16, y += 16)
    storeColumns(y, value(operation, loadColumns(x, left), slopes), left);
}

@inline
function mapBack(operation: i32, a: usize, length: i32, slope: f32, dy: usize, dx: usize): void {
  const slopes = f32x4.splat(slope);
  let left = length;
  if (left >= 8)
    do {
      const dx1 = gradient(operation, v128.load(a, 16), v128.load(dy, 16), slopes);
      const dx0 = gradient(operation, v128.load(a), v128.load(dy), slopes);
      storePair(dx, dx0, dx1);
      a += 32;
      dy += 32;
      dx += 32;
      left -= 8;
    } while (left >= 8);
  for (; left > 0; left -= 4, a += 16, dy += 16, dx += 16)
    storeColumns(dx, gradient(operation, loadColumns(a, left), loadColumns(dy, left), slopes), left);
}

export function leakyRelu(x: usize, length: i32, slope: f32, y: usize): void {
  map(LEAKY_RELU, x, length, slope, y);
}

export function leakyReluBackward(x: usize, length: i32, slope: f32, dy: usize, dx: usize): void {
  mapBack(LEAKY_RELU, x, length, slope, dy, dx);
}

export function relu6(x: usize, length: i32, y: usize): void {
  map(RELU6, x, length, 0, y);
}

export function relu6Backward(y: usize, length: i32, dy: usize, dx: usize): void {
  mapBack(RELU6, y, length, 0, dy, dx);
}

export function hardsigmoid(x: usize, length: i32, y: usize): void {
  map(HARDSIGMOID, x, length, 0, y);
}

export function hardsigmoidBackward(x: usize, length: i32, dy: usize, dx: usize): void {
  mapBack(HARDSIGMOID, x, length, 0, dy, dx);
}

export function hardswish(x: usize, length: i32, y: usize): void {
  map(HARDSWISH, x, length, 0, y);
}

export function hardswishBackward(x: usize, length: i32, dy: usize, dx: usize): void {
  mapBack(HARDSWISH, x, length, 0, dy, dx);
}

export function sigmoid(x: usize, length: i32, y: usize): void {
  map(SIGMOID, x, length, 0, y);
}

export function sigmoidBackward(y: usize, length: i32, dy: usize, dx: usize): void {
  mapBack(SIGMOID, y, length, 0, dy, dx);
}

export function tanh(x: usize, length: i32, y: usize): void {
  map(TANH, x, length, 0, y);
}

export function tanhBackward(y: usize, length: i32, dy: usize, dx: usize): void {
  mapBack(TANH, y, length, 0, dy, dx);
}

export function silu(x: usize, length: i32, y: usize): void {
  map(SILU, x, length, 0, y);
}

export function siluBackward(x: usize, length: i32, dy: usize, dx: usize): void {
  mapBack(SILU, x, length, 0, dy, dx);
}

export function gelu(x: usize, length: i32, y: usize): void {
  map(GELU, x, length, 0, y);
}

export function geluBackward(x: usize, length: i32, dy: usize, dx: usize): void {
  mapBack(GELU, x, length, 0, dy, dx);
}

export function geluTanh(x: usize, length: i32, y: usize): void {
  map(GELU_TANH, x, length, 0, y);
}

export function geluTanhBackward(x: usize, length: i32, dy: usize, dx: usize): void {
  mapBack(GELU_TANH, x, length, 0, dy, dx);
}
