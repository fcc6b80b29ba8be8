import { exp, ln } from './arithmetic.js';
import { type Density, parzenOfChoices, parzenOfRange } from './parzen.js';
import { isRange, type SearchChoices, type SearchRange, type SettingValue } from './space.js';

/** A parameter as samplers see it: points on a line that are equally likely before anything is known. */
export interface Axis {
  /** The ends of a range; of choices the first and the last index. */
  readonly low: number;
  readonly high: number;
  /** A value's point: the nearest end for one outside of the range, undefined for one that is no choice. */
  toPoint(value: SettingValue): number | undefined;
  /** The value that is nearest to a point. */
  toValue(point: number): SettingValue;
  draw(nextUniform: () => number): number;
  /** The density that points suggest. */
  parzen(points: readonly number[]): Density;
}

export const axisOf = (parameter: SearchRange | SearchChoices): Axis =>
  isRange(parameter) ? rangeAxis(parameter) : choicesAxis(parameter);

function choicesAxis({ choices }: SearchChoices): Axis {
  const count = choices.length;
  return {
    low: 0,
    high: count - 1,
    toPoint: (value) => (choices.includes(value) ? choices.indexOf(value) : undefined),
    toValue: (point) => choices[point],
    draw: (nextUniform) => Math.floor(nextUniform() * count),
    parzen: (points) => parzenOfChoices(points, count),
  };
}

function rangeAxis(range: SearchRange): Axis {
  const clamp = (value: number) => Math.min(Math.max(value, range.low), range.high);
  const step = range.step ?? (range.integer ? 1 : 0);
  // Values that are apart lie in the middle of cells, which are of one size and reach beyond the ends.
  const margin = step / 2;
  const [low, high] = [range.low - margin, range.high + margin].map((end) => (range.log ? ln(end) : end));
  const toValue = (point: number) => clamp(rounded(range.log ? exp(point) : point, range, step));
  return {
    low,
    high,
    toValue,
    toPoint: (value) => {
      if (typeof value !== 'number') return undefined;
      return range.log ? ln(clamp(value)) : clamp(value);
    },
    draw: (nextUniform) => low + nextUniform() * (high - low),
    parzen: (points) => parzenOfRange(points, low, high),
  };
}

/** Short, so that a person can type it: to a step; or to four digits in a log range; or to a power of ten that is at
 * most a thousandth of the range. */
function rounded(value: number, { low, high, log }: SearchRange, step: number): number {
  // 0.1 + 2 · 0.1 is 0.3 to fifteen digits.
  if (step > 0) return Number((low + Math.round((value - low) / step) * step).toPrecision(15));
  if (log) return Number(value.toPrecision(4));
  const decimals = 3 - Number((high - low).toExponential().split('e')[1]);
  return decimals < 0 || decimals > 100 ? value : Number(value.toFixed(decimals));
}
