import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { drawNormal, exp, ln, normalDensity, normalShare } from '../../src/search/arithmetic.js';
import { hashKey, uniform } from '../../src/tensor/random.js';

const DOUBLE_UNIT = 2 ** -53; // float64's relative rounding error
const sweep = (count: number, low: number, high: number) =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

describe('arithmetic without Math.exp and Math.log', () => {
  it('is all that a search has: of Math its files use what IEEE 754 fixes to the bit', () => {
    const folder = new URL('../../src/search/', import.meta.url);
    const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
    const code = sources.map((source) => source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''));
    const used = code.flatMap((source) => source.match(/Math\.\w+|\*\*/g) ?? []);
    const fixed = ['PI', 'abs', 'ceil', 'floor', 'max', 'min', 'round', 'sqrt'].map((name) => `Math.${name}`);
    expect(used.filter((name) => !fixed.includes(name))).toEqual([]);
    expect(used.length).toBeGreaterThan(10);
  });

  // expNegative is within 6 units of Math.exp (its own test), and the quotient rounds once.
  it('exp is within 7·2⁻⁵³ of Math.exp from −700 to 700', () => {
    const errors = sweep(10_001, -700, 700).map((x) => Math.abs(exp(x) / Math.exp(x) - 1));
    expect(Math.max(...errors)).toBeLessThan(7 * DOUBLE_UNIT);
  });

  // logAboveOne is within 9 units of Math.log; below 1 the quotient 1/x rounds once, which a logarithm turns into an
  // absolute error of one unit.
  it('ln is within 9·2⁻⁵³ of Math.log, relatively, and 2⁻⁵³ absolutely from 1e-300 to 1e300', () => {
    const errors = sweep(10_001, -300, 300).map((power) => {
      const exact = Math.log(10 ** power);
      return Math.abs(ln(10 ** power) - exact) / (9 * Math.abs(exact) + 1);
    });
    expect(Math.max(...errors)).toBeLessThanOrEqual(DOUBLE_UNIT);
  });

  // Table values to sixteen digits. The sum is below 2 · 0.5 / density, so that product and sum round by a few units of 1.
  it.each([
    [0, 0.5],
    [0.5, 0.691462461274013],
    [1, 0.841344746068543],
    [1.96, 0.97500210485178],
    [3, 0.99865010196837],
    [6, 0.999999999013412],
    [9.5, 1],
    [Number.POSITIVE_INFINITY, 1],
  ])('normalShare(%d) is %d, and the rest above, within 2e-15', (x, share) => {
    expect(Math.abs(normalShare(x) - share)).toBeLessThan(2e-15);
    expect(Math.abs(normalShare(-x) - (1 - share))).toBeLessThan(2e-15);
  });

  // The difference quotient is off by h²/24 of the third derivative, at most 0.4 · 1.4, and by the values' 2e-15 / h.
  it('normalDensity is the slope of normalShare within 1e-7', () => {
    const h = 1e-3;
    const slope = (x: number) => (normalShare(x + h / 2) - normalShare(x - h / 2)) / h;
    expect(Math.max(...sweep(1001, -8, 8).map((x) => Math.abs(normalDensity(x) - slope(x))))).toBeLessThan(1e-7);
  });

  // Kolmogorov: the largest difference of the two shares exceeds 2/√n with a probability of 0.0007.
  it('drawNormal draws from that distribution: 20,000 numbers part from it by less than 2/√20,000 anywhere', () => {
    const count = 20_000;
    let element = 0;
    const draws = Array.from({ length: count }, () => drawNormal(() => uniform(hashKey(0, 'search', 0), element++)));
    const distances = draws.sort((a, b) => a - b).map((x, i) => Math.abs(normalShare(x) - (i + 0.5) / count));
    expect(Math.max(...distances)).toBeLessThan(2 / Math.sqrt(count));
  });
});
