// Compiled by both TypeScript and AssemblyScript: `number` is float64 in either, and only + − × ÷ appear, which IEEE 754
// fixes to the bit. Math.exp and Math.log are not fixed, and differ between engines.

const LN2_HIGH: number = 0.6931471803691238; // ln 2 to 32 bits, so that k·LN2_HIGH is exact
const LN2_LOW: number = 1.9082149292705877e-10; // ln 2 − LN2_HIGH

/** e^x for x ≤ 0, to a few units of the last place; 0 below −700. x = k·ln 2 + r, |r| ≤ ln 2 / 2, Taylor on r. */
export function expNegative(x: number): number {
  if (x < -700.0) return 0.0;
  const k = Math.floor(x / (LN2_HIGH + LN2_LOW) + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum: number = 1.0;
  for (let n: number = 13.0; n >= 1.0; n -= 1.0) sum = 1.0 + (sum * r) / n;
  let power: number = 0.5;
  for (let n = -k; n >= 1.0; n = Math.floor(n / 2.0)) {
    if (n - 2.0 * Math.floor(n / 2.0) > 0.0) sum *= power;
    power *= power;
  }
  return sum;
}

/** ln x for x ≥ 1, to a few units of the last place. x = 2^k·m, m in [1/√2, √2); ln m = 2·artanh((m−1)/(m+1)). */
export function logAboveOne(x: number): number {
  let m = x;
  let k: number = 0.0;
  while (m >= Math.SQRT2) {
    m *= 0.5;
    k += 1.0;
  }
  const s = (m - 1.0) / (m + 1.0);
  const square = s * s;
  let sum: number = 0.0;
  for (let n: number = 25.0; n >= 1.0; n -= 2.0) sum = 1.0 / n + square * sum;
  return k * LN2_HIGH + (2.0 * s * sum + k * LN2_LOW);
}

/** ln(1 + x) for 0 ≤ x ≤ 1, to a few units of the last place however small x is: 2·artanh(x / (2 + x)). */
export function logOnePlus(x: number): number {
  const s = x / (2.0 + x);
  const square = s * s;
  let sum: number = 0.0;
  for (let n: number = 33.0; n >= 1.0; n -= 2.0) sum = 1.0 / n + square * sum;
  return 2.0 * s * sum;
}

/** 1 / (1 + e⁻ˣ), by e to a power that is not above 0, so that nothing overflows. */
export function sigmoid(x: number): number {
  const power = expNegative(-Math.abs(x));
  return x >= 0.0 ? 1.0 / (1.0 + power) : power / (1.0 + power);
}

/** base^exponent for a whole exponent of 0 or more, by repeated squaring. */
export function power(base: number, exponent: number): number {
  let result: number = 1.0;
  let square = base;
  for (let n = exponent; n >= 1.0; n = Math.floor(n / 2.0)) {
    if (n - 2.0 * Math.floor(n / 2.0) > 0.0) result *= square;
    square *= square;
  }
  return result;
}

const PI_HALVES: number = 1.5707963267948966;

/** cos(π·x) for 0 ≤ x ≤ 1, to a few units of the last place of 1. Taylor on a quarter turn. */
export function cosPi(x: number): number {
  // cos(π/2 − a) = sin a is odd about x = 1/2.
  const a = (1.0 - 2.0 * x) * PI_HALVES;
  let sum: number = 1.0;
  for (let n: number = 22.0; n >= 2.0; n -= 2.0) sum = 1.0 - (a * a * sum) / (n * (n + 1.0));
  return a * sum;
}
