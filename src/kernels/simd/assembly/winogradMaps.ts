// Winograd's one-dimensional maps, as ../../reference/winograd.ts defines them, on eight channels: two vectors used alike
// throughout (the second's names end in h), so that V8 can make 256-bit ones of them. Each map reads all that it needs
// before it stores the results at q, q + to, ….
import { affine, floored } from './batchNorm';

const THIRD: f32 = <f32>(1.0 / 3.0);
const FIFTEENTH: f32 = <f32>(1.0 / 15.0);

/** What becomes of an output: nothing, or bias and floor, or those and then an affine map and its floor. */
export const AS_IS = 0;
export const FLOORED = 1;
export const AFFINE = 2;

@inline
function finish(q: usize, y: v128, yh: v128, end: i32, bias: usize, lowest: v128, center: usize, stride: usize, affineLowest: v128): void {
  if (end !== AS_IS) {
    y = floored(f32x4.add(y, v128.load(bias)), lowest);
    yh = floored(f32x4.add(yh, v128.load(bias, 16)), lowest);
  }
  if (end === AFFINE) {
    y = floored(affine(y, center, stride), affineLowest);
    yh = floored(affine(yh, center + 16, stride), affineLowest);
  }
  v128.store(q, y);
  v128.store(q, yh, 16);
}

@inline
function put(q: usize, y: v128, yh: v128, add: bool): void {
  if (add) {
    const sum = v128.load(q);
    const sumh = v128.load(q, 16);
    y = f32x4.add(sum, y);
    yh = f32x4.add(sumh, yh);
  }
  v128.store(q, y);
  v128.store(q, yh, 16);
}

/** Bᵀ of F(4,3). */
@inline
export function inputLong(p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize, q: usize, to: usize): void {
  const d0 = v128.load(p0);
  const d0h = v128.load(p0, 16);
  const d1 = v128.load(p1);
  const d1h = v128.load(p1, 16);
  const d2 = v128.load(p2);
  const d2h = v128.load(p2, 16);
  const d3 = v128.load(p3);
  const d3h = v128.load(p3, 16);
  const d4 = v128.load(p4);
  const d4h = v128.load(p4, 16);
  const d5 = v128.load(p5);
  const d5h = v128.load(p5, 16);
  const even = f32x4.sub(d4, d2);
  const evenh = f32x4.sub(d4h, d2h);
  const odd = f32x4.sub(d3, d1);
  const oddh = f32x4.sub(d3h, d1h);
  v128.store(q, f32x4.add(f32x4.add(f32x4.sub(even, d2), d0), f32x4.mul(f32x4.splat(1.5), odd)));
  v128.store(q, f32x4.add(f32x4.add(f32x4.sub(evenh, d2h), d0h), f32x4.mul(f32x4.splat(1.5), oddh)), 16);
  v128.store(q + to, f32x4.add(f32x4.add(even, odd), f32x4.mul(f32x4.splat(1.5), f32x4.add(d2, d3))));
  v128.store(q + to, f32x4.add(f32x4.add(evenh, oddh), f32x4.mul(f32x4.splat(1.5), f32x4.add(d2h, d3h))), 16);
  v128.store(q + 2 * to, f32x4.add(f32x4.sub(even, odd), f32x4.mul(f32x4.splat(1.5), f32x4.sub(d3, d2))));
  v128.store(q + 2 * to, f32x4.add(f32x4.sub(evenh, oddh), f32x4.mul(f32x4.splat(1.5), f32x4.sub(d3h, d2h))), 16);
  v128.store(q + 3 * to, f32x4.add(even, f32x4.mul(f32x4.splat(2), odd)));
  v128.store(q + 3 * to, f32x4.add(evenh, f32x4.mul(f32x4.splat(2), oddh)), 16);
  v128.store(q + 4 * to, f32x4.sub(even, f32x4.mul(f32x4.splat(0.5), odd)));
  v128.store(q + 4 * to, f32x4.sub(evenh, f32x4.mul(f32x4.splat(0.5), oddh)), 16);
  v128.store(q + 5 * to, f32x4.add(f32x4.sub(f32x4.sub(d5, d3), odd), f32x4.mul(f32x4.splat(1.5), even)));
  v128.store(q + 5 * to, f32x4.add(f32x4.sub(f32x4.sub(d5h, d3h), oddh), f32x4.mul(f32x4.splat(1.5), evenh)), 16);
}

/** Bᵀ of F(2,3). */
@inline
export function inputShort(p0: usize, p1: usize, p2: usize, p3: usize, q: usize, to: usize): void {
  const d0 = v128.load(p0);
  const d0h = v128.load(p0, 16);
  const d1 = v128.load(p1);
  const d1h = v128.load(p1, 16);
  const d2 = v128.load(p2);
  const d2h = v128.load(p2, 16);
  const d3 = v128.load(p3);
  const d3h = v128.load(p3, 16);
  v128.store(q, f32x4.sub(d0, d2));
  v128.store(q, f32x4.sub(d0h, d2h), 16);
  v128.store(q + to, f32x4.mul(f32x4.splat(1.5), f32x4.add(d1, d2)));
  v128.store(q + to, f32x4.mul(f32x4.splat(1.5), f32x4.add(d1h, d2h)), 16);
  v128.store(q + 2 * to, f32x4.mul(f32x4.splat(1.5), f32x4.sub(d1, d2)));
  v128.store(q + 2 * to, f32x4.mul(f32x4.splat(1.5), f32x4.sub(d1h, d2h)), 16);
  v128.store(q + 5 * to, f32x4.sub(d3, d1));
  v128.store(q + 5 * to, f32x4.sub(d3h, d1h), 16);
}

/** Aᵀ of F(4,3). */
@inline
export function outputLong(p: usize, from: usize, q: usize, to: usize, end: i32, bias: usize, lowest: v128, center: usize, stride: usize, affineLowest: v128): void {
  const m0 = v128.load(p);
  const m0h = v128.load(p, 16);
  const m1 = v128.load(p + from);
  const m1h = v128.load(p + from, 16);
  const m2 = v128.load(p + 2 * from);
  const m2h = v128.load(p + 2 * from, 16);
  const m3 = v128.load(p + 3 * from);
  const m3h = v128.load(p + 3 * from, 16);
  const m4 = v128.load(p + 4 * from);
  const m4h = v128.load(p + 4 * from, 16);
  const m5 = v128.load(p + 5 * from);
  const m5h = v128.load(p + 5 * from, 16);
  const sum = f32x4.add(m1, m2);
  const sumh = f32x4.add(m1h, m2h);
  const difference = f32x4.sub(m1, m2);
  const differenceh = f32x4.sub(m1h, m2h);
  finish(q, f32x4.add(f32x4.add(m0, sum), f32x4.add(m3, m4)), f32x4.add(f32x4.add(m0h, sumh), f32x4.add(m3h, m4h)), end, bias, lowest, center, stride, affineLowest);
  finish(q + to, f32x4.add(difference, f32x4.sub(f32x4.mul(f32x4.splat(0.5), m3), f32x4.mul(f32x4.splat(2), m4))), f32x4.add(differenceh, f32x4.sub(f32x4.mul(f32x4.splat(0.5), m3h), f32x4.mul(f32x4.splat(2), m4h))), end, bias, lowest, center, stride, affineLowest);
  finish(q + 2 * to, f32x4.add(sum, f32x4.add(f32x4.mul(f32x4.splat(0.25), m3), f32x4.mul(f32x4.splat(4), m4))), f32x4.add(sumh, f32x4.add(f32x4.mul(f32x4.splat(0.25), m3h), f32x4.mul(f32x4.splat(4), m4h))), end, bias, lowest, center, stride, affineLowest);
  finish(q + 3 * to, f32x4.add(f32x4.add(difference, m5), f32x4.sub(f32x4.mul(f32x4.splat(0.125), m3), f32x4.mul(f32x4.splat(8), m4))), f32x4.add(f32x4.add(differenceh, m5h), f32x4.sub(f32x4.mul(f32x4.splat(0.125), m3h), f32x4.mul(f32x4.splat(8), m4h))), end, bias, lowest, center, stride, affineLowest);
}

/** Aᵀ of F(2,3). */
@inline
export function outputShort(p: usize, from: usize, q: usize, to: usize, end: i32, bias: usize, lowest: v128, center: usize, stride: usize, affineLowest: v128): void {
  const m0 = v128.load(p);
  const m0h = v128.load(p, 16);
  const m1 = v128.load(p + from);
  const m1h = v128.load(p + from, 16);
  const m2 = v128.load(p + 2 * from);
  const m2h = v128.load(p + 2 * from, 16);
  const m5 = v128.load(p + 5 * from);
  const m5h = v128.load(p + 5 * from, 16);
  finish(q, f32x4.add(m0, f32x4.add(m1, m2)), f32x4.add(m0h, f32x4.add(m1h, m2h)), end, bias, lowest, center, stride, affineLowest);
  finish(q + to, f32x4.add(f32x4.sub(m1, m2), m5), f32x4.add(f32x4.sub(m1h, m2h), m5h), end, bias, lowest, center, stride, affineLowest);
}

/** A of F(4,3). */
@inline
export function outputGradientLong(p0: usize, p1: usize, p2: usize, p3: usize, q: usize, to: usize): void {
  const d0 = v128.load(p0);
  const d0h = v128.load(p0, 16);
  const d1 = v128.load(p1);
  const d1h = v128.load(p1, 16);
  const d2 = v128.load(p2);
  const d2h = v128.load(p2, 16);
  const d3 = v128.load(p3);
  const d3h = v128.load(p3, 16);
  const even = f32x4.add(d0, d2);
  const evenh = f32x4.add(d0h, d2h);
  const odd = f32x4.add(d1, d3);
  const oddh = f32x4.add(d1h, d3h);
  v128.store(q, d0);
  v128.store(q, d0h, 16);
  v128.store(q + to, f32x4.add(even, odd));
  v128.store(q + to, f32x4.add(evenh, oddh), 16);
  v128.store(q + 2 * to, f32x4.sub(even, odd));
  v128.store(q + 2 * to, f32x4.sub(evenh, oddh), 16);
  v128.store(q + 3 * to, f32x4.add(f32x4.add(d0, f32x4.mul(f32x4.splat(0.25), d2)), f32x4.add(f32x4.mul(f32x4.splat(0.5), d1), f32x4.mul(f32x4.splat(0.125), d3))));
  v128.store(q + 3 * to, f32x4.add(f32x4.add(d0h, f32x4.mul(f32x4.splat(0.25), d2h)), f32x4.add(f32x4.mul(f32x4.splat(0.5), d1h), f32x4.mul(f32x4.splat(0.125), d3h))), 16);
  v128.store(q + 4 * to, f32x4.sub(f32x4.add(d0, f32x4.mul(f32x4.splat(4), d2)), f32x4.add(f32x4.mul(f32x4.splat(2), d1), f32x4.mul(f32x4.splat(8), d3))));
  v128.store(q + 4 * to, f32x4.sub(f32x4.add(d0h, f32x4.mul(f32x4.splat(4), d2h)), f32x4.add(f32x4.mul(f32x4.splat(2), d1h), f32x4.mul(f32x4.splat(8), d3h))), 16);
  v128.store(q + 5 * to, d3);
  v128.store(q + 5 * to, d3h, 16);
}

/** A of F(2,3). */
@inline
export function outputGradientShort(p0: usize, p1: usize, q: usize, to: usize): void {
  const d0 = v128.load(p0);
  const d0h = v128.load(p0, 16);
  const d1 = v128.load(p1);
  const d1h = v128.load(p1, 16);
  v128.store(q, d0);
  v128.store(q, d0h, 16);
  v128.store(q + to, f32x4.add(d0, d1));
  v128.store(q + to, f32x4.add(d0h, d1h), 16);
  v128.store(q + 2 * to, f32x4.sub(d0, d1));
  v128.store(q + 2 * to, f32x4.sub(d0h, d1h), 16);
  v128.store(q + 5 * to, d1);
  v128.store(q + 5 * to, d1h, 16);
}

/** B of F(4,3). */
@inline
export function inputGradientLong(p: usize, from: usize, q: usize, to: usize, add: bool): void {
  const v0 = v128.load(p);
  const v0h = v128.load(p, 16);
  const v1 = v128.load(p + from);
  const v1h = v128.load(p + from, 16);
  const v2 = v128.load(p + 2 * from);
  const v2h = v128.load(p + 2 * from, 16);
  const v3 = v128.load(p + 3 * from);
  const v3h = v128.load(p + 3 * from, 16);
  const v4 = v128.load(p + 4 * from);
  const v4h = v128.load(p + 4 * from, 16);
  const v5 = v128.load(p + 5 * from);
  const v5h = v128.load(p + 5 * from, 16);
  const sum = f32x4.add(v1, v2);
  const sumh = f32x4.add(v1h, v2h);
  const difference = f32x4.sub(v1, v2);
  const differenceh = f32x4.sub(v1h, v2h);
  const even = f32x4.add(f32x4.add(f32x4.add(v0, sum), f32x4.add(v3, v4)), f32x4.mul(f32x4.splat(1.5), v5));
  const evenh = f32x4.add(f32x4.add(f32x4.add(v0h, sumh), f32x4.add(v3h, v4h)), f32x4.mul(f32x4.splat(1.5), v5h));
  const odd = f32x4.add(f32x4.add(f32x4.sub(f32x4.mul(f32x4.splat(1.5), v0), v5), difference), f32x4.sub(f32x4.mul(f32x4.splat(2), v3), f32x4.mul(f32x4.splat(0.5), v4)));
  const oddh = f32x4.add(f32x4.add(f32x4.sub(f32x4.mul(f32x4.splat(1.5), v0h), v5h), differenceh), f32x4.sub(f32x4.mul(f32x4.splat(2), v3h), f32x4.mul(f32x4.splat(0.5), v4h)));
  put(q, v0, v0h, add);
  put(q + to, f32x4.neg(odd), f32x4.neg(oddh), add);
  put(q + 2 * to, f32x4.sub(f32x4.mul(f32x4.splat(1.5), difference), f32x4.add(even, v0)), f32x4.sub(f32x4.mul(f32x4.splat(1.5), differenceh), f32x4.add(evenh, v0h)), add);
  put(q + 3 * to, f32x4.add(f32x4.mul(f32x4.splat(1.5), sum), f32x4.sub(odd, v5)), f32x4.add(f32x4.mul(f32x4.splat(1.5), sumh), f32x4.sub(oddh, v5h)), add);
  put(q + 4 * to, even, evenh, add);
  put(q + 5 * to, v5, v5h, add);
}

/** B of F(2,3). */
@inline
export function inputGradientShort(p: usize, from: usize, q: usize, to: usize, add: bool): void {
  const v0 = v128.load(p);
  const v0h = v128.load(p, 16);
  const v1 = v128.load(p + from);
  const v1h = v128.load(p + from, 16);
  const v2 = v128.load(p + 2 * from);
  const v2h = v128.load(p + 2 * from, 16);
  const v5 = v128.load(p + 5 * from);
  const v5h = v128.load(p + 5 * from, 16);
  put(q, v0, v0h, add);
  put(q + to, f32x4.sub(f32x4.mul(f32x4.splat(1.5), f32x4.add(v1, v2)), v5), f32x4.sub(f32x4.mul(f32x4.splat(1.5), f32x4.add(v1h, v2h)), v5h), add);
  put(q + 2 * to, f32x4.sub(f32x4.mul(f32x4.splat(1.5), f32x4.sub(v1, v2)), v0), f32x4.sub(f32x4.mul(f32x4.splat(1.5), f32x4.sub(v1h, v2h)), v0h), add);
  put(q + 3 * to, v5, v5h, add);
}

/** G. */
@inline
export function weights(p: usize, from: usize, q: usize, to: usize): void {
  const g0 = v128.load(p);
  const g0h = v128.load(p, 16);
  const g1 = v128.load(p + from);
  const g1h = v128.load(p + from, 16);
  const g2 = v128.load(p + 2 * from);
  const g2h = v128.load(p + 2 * from, 16);
  const outer = f32x4.add(g0, g2);
  const outerh = f32x4.add(g0h, g2h);
  v128.store(q, g0);
  v128.store(q, g0h, 16);
  v128.store(q + to, f32x4.mul(f32x4.splat(THIRD), f32x4.add(outer, g1)));
  v128.store(q + to, f32x4.mul(f32x4.splat(THIRD), f32x4.add(outerh, g1h)), 16);
  v128.store(q + 2 * to, f32x4.mul(f32x4.splat(THIRD), f32x4.sub(g1, outer)));
  v128.store(q + 2 * to, f32x4.mul(f32x4.splat(THIRD), f32x4.sub(g1h, outerh)), 16);
  v128.store(q + 3 * to, f32x4.neg(f32x4.mul(f32x4.splat(FIFTEENTH), f32x4.add(f32x4.add(f32x4.mul(f32x4.splat(16), g0), f32x4.mul(f32x4.splat(8), g1)), f32x4.mul(f32x4.splat(4), g2)))));
  v128.store(q + 3 * to, f32x4.neg(f32x4.mul(f32x4.splat(FIFTEENTH), f32x4.add(f32x4.add(f32x4.mul(f32x4.splat(16), g0h), f32x4.mul(f32x4.splat(8), g1h)), f32x4.mul(f32x4.splat(4), g2h)))), 16);
  v128.store(q + 4 * to, f32x4.mul(f32x4.splat(FIFTEENTH), f32x4.add(f32x4.sub(g0, f32x4.mul(f32x4.splat(2), g1)), f32x4.mul(f32x4.splat(4), g2))));
  v128.store(q + 4 * to, f32x4.mul(f32x4.splat(FIFTEENTH), f32x4.add(f32x4.sub(g0h, f32x4.mul(f32x4.splat(2), g1h)), f32x4.mul(f32x4.splat(4), g2h))), 16);
  v128.store(q + 5 * to, g2);
  v128.store(q + 5 * to, g2h, 16);
}

/** Gᵀ. */
@inline
export function weightGradients(p: usize, from: usize, q: usize, to: usize): void {
  const u0 = v128.load(p);
  const u0h = v128.load(p, 16);
  const u1 = v128.load(p + from);
  const u1h = v128.load(p + from, 16);
  const u2 = v128.load(p + 2 * from);
  const u2h = v128.load(p + 2 * from, 16);
  const u3 = v128.load(p + 3 * from);
  const u3h = v128.load(p + 3 * from, 16);
  const u4 = v128.load(p + 4 * from);
  const u4h = v128.load(p + 4 * from, 16);
  const u5 = v128.load(p + 5 * from);
  const u5h = v128.load(p + 5 * from, 16);
  const difference = f32x4.mul(f32x4.splat(THIRD), f32x4.sub(u1, u2));
  const differenceh = f32x4.mul(f32x4.splat(THIRD), f32x4.sub(u1h, u2h));
  v128.store(q, f32x4.add(f32x4.add(u0, difference), f32x4.mul(f32x4.splat(FIFTEENTH), f32x4.sub(u4, f32x4.mul(f32x4.splat(16), u3)))));
  v128.store(q, f32x4.add(f32x4.add(u0h, differenceh), f32x4.mul(f32x4.splat(FIFTEENTH), f32x4.sub(u4h, f32x4.mul(f32x4.splat(16), u3h)))), 16);
  v128.store(q + to, f32x4.sub(f32x4.mul(f32x4.splat(THIRD), f32x4.add(u1, u2)), f32x4.mul(f32x4.splat(FIFTEENTH), f32x4.add(f32x4.mul(f32x4.splat(8), u3), f32x4.mul(f32x4.splat(2), u4)))));
  v128.store(q + to, f32x4.sub(f32x4.mul(f32x4.splat(THIRD), f32x4.add(u1h, u2h)), f32x4.mul(f32x4.splat(FIFTEENTH), f32x4.add(f32x4.mul(f32x4.splat(8), u3h), f32x4.mul(f32x4.splat(2), u4h)))), 16);
  v128.store(q + 2 * to, f32x4.add(f32x4.add(difference, u5), f32x4.mul(f32x4.splat(FIFTEENTH), f32x4.sub(f32x4.mul(f32x4.splat(4), u4), f32x4.mul(f32x4.splat(4), u3)))));
  v128.store(q + 2 * to, f32x4.add(f32x4.add(differenceh, u5h), f32x4.mul(f32x4.splat(FIFTEENTH), f32x4.sub(f32x4.mul(f32x4.splat(4), u4h), f32x4.mul(f32x4.splat(4), u3h)))), 16);
}
