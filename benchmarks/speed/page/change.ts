import { mean as meanOf } from '../../accuracy/mean.js';

/** How much longer the blocks with something take than their neighbours without it, in per cent: each is compared with the one
 * before it and the one behind it, so that a machine that gets slower favours neither.
 * @param times when each step was over; of blocks of so many steps that follow each other the first is with it, the second
 * without, and so on */
export function changesOf(times: readonly number[], block: number): number[] {
  const blocks = Math.floor((times.length - 1) / block);
  const lasted = Array.from({ length: blocks }, (_, i) => times[(i + 1) * block] - times[i * block]);
  return lasted.slice(1).map((time, i) => {
    const [shown, plain] = i % 2 === 0 ? [lasted[i], time] : [time, lasted[i]];
    return 100 * (shown / plain - 1);
  });
}

/** The mean, and its standard error. */
export function meanWithError(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}
