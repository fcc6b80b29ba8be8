import { describe, expect, it } from '@jest/globals';
import { expNegative, logAboveOne, logOnePlus, sigmoid } from '../../src/tensor/transcendental.js';

const DOUBLE_UNIT = 2 ** -53; // float64's relative rounding error

describe('transcendental functions', () => {
  const largestError = (found: (x: number) => number, exact: (x: number) => number, arguments_: readonly number[]) =>
    Math.max(...arguments_.map((x) => Math.abs(found(x) / exact(x) - 1)));
  const sweep = (count: number, at: (share: number) => number) =>
    Array.from({ length: count }, (_, i) => at(i / (count - 1)));

  // The last sum of the series rounds a result in 0.7 … 1.4 once, the product before it and its sum count by |r| ≤ 0.35,
  // r itself is off by 2⁻⁵⁵: three units; Math.exp is within one ulp, two units at most; and the quotient rounds once.
  it('expNegative is within 6·2⁻⁵³ of Math.exp from −700 to 0, and 0 below', () => {
    const arguments_ = [0, -0, -1e-300, -1e-9, -Math.LN2, -Math.LN2 / 2, -700, ...sweep(20000, (s) => -700 * s ** 3)];
    expect(largestError(expNegative, Math.exp, arguments_)).toBeLessThanOrEqual(6 * DOUBLE_UNIT);
    expect([expNegative(0), expNegative(-700.1), expNegative(-Infinity)]).toEqual([1, 0, 0]);
    expect(expNegative(Number.NaN)).toBeNaN();
  });

  // (m − 1)/(m + 1) is off by two units, the series by one, their product by one; for x below √2 that is all, between √2
  // and 2 the two sums with k·ln 2 add one each; Math.log is within one ulp, two units; and the quotient rounds once.
  it('logAboveOne is within 9·2⁻⁵³ of Math.log from 1 to 1e300, and 0 at 1', () => {
    const arguments_ = [
      1 + 2 ** -52,
      2,
      Math.SQRT2,
      3,
      10,
      1e300,
      ...sweep(20000, (s) => 1.0001 + s),
      ...sweep(2000, (s) => 10 ** (300 * s) + 1),
    ];
    expect(largestError(logAboveOne, Math.log, arguments_)).toBeLessThanOrEqual(9 * DOUBLE_UNIT);
    expect(logAboveOne(1)).toBe(0);
    expect(logAboveOne(Number.NaN)).toBeNaN();
  });

  // x / (2 + x) is off by two units, the series by one, the product by one; Math.log1p is within one ulp, two units; and the
  // quotient rounds once.
  it('logOnePlus is within 7·2⁻⁵³ of Math.log1p from 1e-300 to 1, and 0 at 0', () => {
    const arguments_ = [
      1,
      0.5,
      2 ** -53,
      1e-300,
      ...sweep(20000, (s) => (s + 1e-9) / (1 + 1e-9)),
      ...sweep(2000, (s) => 10 ** (-300 * s)),
    ];
    expect(largestError(logOnePlus, Math.log1p, arguments_)).toBeLessThanOrEqual(7 * DOUBLE_UNIT);
    expect(logOnePlus(0)).toBe(0);
    expect(logOnePlus(Number.NaN)).toBeNaN();
  });

  // The power's six units, then a sum and a quotient; Math.exp's two, and again a sum and two quotients.
  it('sigmoid is within 13·2⁻⁵³ of 1 / (1 + e⁻ˣ) from −700 to 700, and 0 and 1 far outside', () => {
    const arguments_ = sweep(20001, (s) => 700 * (2 * s - 1) ** 3);
    const exact = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
    expect(largestError(sigmoid, exact, arguments_)).toBeLessThanOrEqual(13 * DOUBLE_UNIT);
    expect([sigmoid(-1e4), sigmoid(0), sigmoid(1e4)]).toEqual([0, 0.5, 1]);
    expect(sigmoid(Number.NaN)).toBeNaN();
  });
});
