import { expNegative, logAboveOne } from '../kernels/transcendental.js';

// Math.exp and Math.log differ between engines, and a search has to repeat on all of them.

/** e^x. */
export const exp = (x: number): number => (x <= 0 ? expNegative(x) : 1 / expNegative(-x));

/** ln x, for x > 0. */
export const ln = (x: number): number => (x >= 1 ? logAboveOne(x) : -logAboveOne(1 / x));
