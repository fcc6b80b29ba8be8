import { expNegative, logAboveOne } from '../tensor/transcendental.js';

// Math.exp and Math.log differ between engines, and a search has to repeat on all of them. Math.sqrt does not.

/** e^x. */
export const exp = (x: number): number => (x <= 0 ? expNegative(x) : 1 / expNegative(-x));

/** ln x, for x > 0. */
export const ln = (x: number): number => (x >= 1 ? logAboveOne(x) : -logAboveOne(1 / x));

/** The density of the normal distribution with mean 0 and deviation 1. */
export const normalDensity = (x: number): number => expNegative(-(x * x) / 2) / Math.sqrt(2 * Math.PI);

/** The share of that distribution below x. G. Marsaglia, "Evaluating the Normal Distribution", 2004. */
export function normalShare(x: number): number {
  if (Math.abs(x) > 9) return x < 0 ? 0 : 1;
  let [sum, term] = [x, x];
  for (let n = 3; sum + term !== sum; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + sum * normalDensity(x);
}

/** A number of that distribution, from uniform ones: Marsaglia's polar method. */
export function drawNormal(nextUniform: () => number): number {
  for (;;) {
    const x = 2 * nextUniform() - 1;
    const y = 2 * nextUniform() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * ln(square)) / square);
  }
}
