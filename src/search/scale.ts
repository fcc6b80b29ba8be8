import { exp, ln } from './arithmetic.js';
import type { Range } from './space.js';

/** A range as samplers see it: a stretch in which all points are equally likely before anything is known. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  /** The distance of neighbours, if values are apart; each is its cell's centre, from −width / 2 to +width / 2. */
  readonly width: number | undefined;
  /** Values outside of the range count as its ends. */
  toScale(value: number): number;
  toValue(point: number): number;
}

/**
 * Values are short, so that a person can type them: evenly spread ones have a resolution of at least a thousandth of the
 * range, a power of ten, and those of a log range have four digits.
 */
export function scaleOf(range: Range): Scale {
  const { low, high, log, integer } = range;
  const step = range.step ?? (integer ? 1 : undefined);
  const clamp = (value: number) => Math.min(Math.max(value, low), high);
  if (log) {
    const margin = integer ? 0.5 : 0;
    return {
      ...{ low: ln(low - margin), high: ln(high + margin), width: undefined },
      toScale: (value) => ln(clamp(value)),
      toValue: (point) => clamp(integer ? Math.round(exp(point)) : Number(exp(point).toPrecision(4))),
    };
  }
  if (step !== undefined)
    return {
      ...{ low: low - step / 2, high: high + step / 2, width: step },
      toScale: clamp,
      // Number's own digits: 0.1 + 2 · 0.1 is 0.3.
      toValue: (point) => clamp(Number((low + Math.round((point - low) / step) * step).toPrecision(12))),
    };
  const decimals = 3 - Number((high - low).toExponential().split('e')[1]);
  return {
    ...{ low, high, width: undefined },
    toScale: clamp,
    toValue: (point) => clamp(decimals < 0 || decimals > 100 ? point : Number(point.toFixed(decimals))),
  };
}
