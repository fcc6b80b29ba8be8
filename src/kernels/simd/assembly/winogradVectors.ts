// What Winograd's maps are written in: see ./templates/winogradMap.ts.
import { affine, affineNext, bounded, floored } from './batchNorm';
import { storePair } from './columns';

@inline
export function add(x: v128, y: v128): v128 {
  return f32x4.add(x, y);
}

@inline
export function sub(x: v128, y: v128): v128 {
  return f32x4.sub(x, y);
}

@inline
export function neg(x: v128): v128 {
  return f32x4.neg(x);
}

/** By a constant, which lies where ./constants.ts says. */
@inline
export function times(factor: usize, x: v128): v128 {
  return f32x4.mul(v128.load32_splat(factor), x);
}

/** What becomes of an output: nothing, or bias and floor, or those and then an affine map and its bounds. */
export const AS_IS = 0;
export const FLOORED = 1;
export const AFFINE = 2;

@inline
export function finish(q: usize, y: v128, yh: v128, end: i32, bias: usize, lowest: v128, center: usize, stride: usize, affineLowest: v128, affineHighest: v128): void {
  if (end !== AS_IS) {
    y = floored(f32x4.add(y, v128.load(bias)), lowest);
    yh = floored(f32x4.add(yh, v128.load(bias, 16)), lowest);
  }
  if (end === AFFINE) {
    y = bounded(affine(y, center, stride), affineLowest, affineHighest);
    yh = bounded(affineNext(yh, center, stride), affineLowest, affineHighest);
  }
  storePair(q, y, yh);
}

@inline
export function put(q: usize, y: v128, yh: v128, accumulate: bool): void {
  if (accumulate) {
    const sum = v128.load(q);
    const sumh = v128.load(q, 16);
    y = f32x4.add(sum, y);
    yh = f32x4.add(sumh, yh);
  }
  storePair(q, y, yh);
}
