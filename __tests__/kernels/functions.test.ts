import { describe, expect, it } from '@jest/globals';
import { inflateSync } from 'fflate';
import { erf, exp, normalCdf, tanh } from '../../src/kernels/reference/functions.js';
import { referenceKernels } from '../../src/kernels/reference/index.js';
import { simdKernels } from '../../src/kernels/simd/index.js';
import { Arena, KERNEL_BYTES } from '../../src/tensor/arena.js';
import relaxed from '../support/relaxedWasm.js';
import simd from '../support/simdWasm.js';
import { unequal } from '../support/unequal.js';

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

/** Numbers whose bits are so far apart, from one to another, then with the other sign. */
function* between(least: number, most: number, step: number): Generator<number> {
  const [first, last] = [least, most].map((value) => {
    floats[0] = value;
    return words[0];
  });
  for (let bits = first; bits <= last; bits += step)
    for (const sign of [0, 2 ** 31]) {
      words[0] = bits + sign;
      yield floats[0];
    }
}

/** Float32 numbers of all signs and exponents, more of those where the functions bend, and the ends. */
const SAMPLE = Float32Array.from([
  ...between(0, Infinity, 65521),
  ...between(2 ** -5, 2 ** 7, 2503),
  ...between(0, 3e-45, 1),
  ...between(3.4e38, Infinity, 12007),
  Infinity,
  -Infinity,
  Number.NaN,
]);

/** A unit of float32's last place, at a number of float64. */
function unit(value: number): number {
  floats[0] = Math.abs(value);
  return 2 ** (Math.max(words[0] >>> 23, 1) - 150);
}

/** erf in float64: its series about 0, and the continued fraction of 1 − erf beyond 2.5, Abramowitz and Stegun 7.1.5 and 7.1.14. */
function erfInDoubles(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size >= 2.5) {
    let fraction = 0;
    for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
    return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (size + fraction));
  }
  let [sum, term] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** The largest error in units of the last place, of all numbers of the sample that are no NaN. */
function largestError(found: (x: number) => number, exact: (x: number) => number): number {
  let largest = 0;
  for (const x of SAMPLE) {
    const value = exact(x);
    if (Number.isNaN(x) || Object.is(found(x), Math.fround(value))) continue;
    // Not Math.max alone, which a NaN would pass by.
    const error = Math.abs(found(x) - value) / unit(value);
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

const STEPS = Float32Array.from({ length: 8193 }, (_, i) => (i - 4096) / 512);

/** The largest difference from −8 to 8. */
const largestDifference = (found: (x: number) => number, exact: (x: number) => number) =>
  STEPS.reduce((largest, x) => Math.max(largest, Math.abs(found(x) - exact(x))), 0);

describe('functions of float32 numbers', () => {
  it('exp is within 1 unit of the last place of Math.exp among all float32 numbers, 0 below −104 and infinite above 88.73', () => {
    expect(largestError(exp, Math.exp)).toBeLessThanOrEqual(1);
    expect([exp(-104), exp(-Infinity), exp(88.73), exp(Infinity), exp(0), exp(-0)]).toEqual([
      0,
      0,
      Infinity,
      Infinity,
      1,
      1,
    ]);
    // The least subnormal, and the largest number.
    expect([exp(-103.5), exp(88.72283)]).toEqual([2 ** -149, expect.closeTo(3.4027e38, -35)]);
  });

  it('tanh is within 3 units of the last place of Math.tanh among all float32 numbers', () => {
    expect(largestError(tanh, Math.tanh)).toBeLessThanOrEqual(3);
    expect([tanh(0), tanh(-0), tanh(Infinity), tanh(-Infinity)]).toEqual([0, -0, 1, -1]);
  });

  it('erf is within 3 units of the last place of float64’s among all float32 numbers, and within 1e-7', () => {
    expect(largestError(erf, erfInDoubles)).toBeLessThanOrEqual(3);
    expect([erf(0), erf(-0), erf(Infinity), erf(-Infinity)]).toEqual([0, -0, 1, -1]);
    expect(largestDifference(erf, erfInDoubles)).toBeLessThanOrEqual(1e-7);
  });

  it('the normal distribution is within 1e-7 of float64’s from −8 to 8', () => {
    const exact = (x: number) => (1 + erfInDoubles(x * Math.SQRT1_2)) / 2;
    expect(largestDifference(normalCdf, exact)).toBeLessThanOrEqual(1e-7);
  });

  it('NaN stays NaN in all', () => {
    for (const found of [exp, tanh, erf, normalCdf]) expect(found(Number.NaN)).toBeNaN();
  });
});

describe('reference and simd kernels', () => {
  const arena = new Arena();
  const kernels = simdKernels(arena.memory);
  const x = arena.float32(SAMPLE.length);
  x.set(SAMPLE);
  const [y, expected] = [arena.float32(x.length), arena.float32(x.length)];

  it.each(['sigmoid', 'tanh', 'silu', 'gelu', 'geluTanh', 'hardswish', 'hardsigmoid', 'relu6'] as const)(
    `%s of ${SAMPLE.length} numbers among all float32 numbers: the same bits`,
    (kernel) => {
      referenceKernels[kernel](x, expected);
      kernels[kernel](x, y);
      expect(unequal(y, expected)).toEqual([]);
    },
  );
});

// Node 20 does not know relaxed vectors unless it is told to.
it.each([simd, relaxed].filter((binary) => WebAssembly.validate(inflateSync(binary))))(
  'the constants of the kernels lie in the bytes that an arena leaves to them',
  (binary) => {
    const { memory } = new Arena();
    const module = new WebAssembly.Module(inflateSync(binary));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: memory as unknown as WebAssembly.Memory } });
    const end = (exports.constantsEnd as WebAssembly.Global).value;
    expect(end).toBeGreaterThan(128);
    expect(end).toBeLessThanOrEqual(KERNEL_BYTES);
    expect(
      [...new Uint8Array(memory.buffer, 0, 128), ...new Uint8Array(memory.buffer, KERNEL_BYTES)].every(
        (byte) => byte === 0,
      ),
    ).toBe(true);
  },
);
