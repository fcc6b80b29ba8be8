import type { SearchParameter, SettingValue } from '../search/space.js';
import { numberText } from './format.js';

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Where values stand on an axis that runs from 0 to 1. */
export interface Scale {
  at(value: SettingValue): number;
  readonly ticks: readonly Tick[];
  /** The share of the axis that each choice has to itself. */
  readonly band?: number;
}

/** Multiples of 1, 2 or 5 times a power of ten from low to high, at most `most` of them. */
export function roundNumbers(low: number, high: number, most: number): number[] {
  if (!(high > low)) return [low];
  const power = 10 ** Math.floor(Math.log10((high - low) / most));
  const step = [1, 2, 5, 10, 20].map((factor) => factor * power).find((size) => (high - low) / size < most) as number;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

export function linearScale(low: number, high: number, label = numberText, most = 6): Scale {
  const at = (value: SettingValue) => (high > low ? (Number(value) - low) / (high - low) : 0.5);
  return { at, ticks: roundNumbers(low, high, most).map((value) => ({ at: at(value), label: label(value) })) };
}

/** A scale of positive numbers, with ticks at powers of ten, or at 1, 2 and 5 times these, or between, as there is room. */
export function logScale(low: number, high: number): Scale {
  const { at: atLog } = linearScale(Math.log10(low), Math.log10(high));
  const at = (value: SettingValue) => atLog(Math.log10(Number(value)));
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const exponents = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const inside = (factors: readonly number[]) =>
    exponents
      .flatMap((exponent) => factors.map((factor) => Number((factor * 10 ** exponent).toPrecision(3))))
      .filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
  const stride = Math.ceil(exponents.length / 6);
  const candidates = [inside([1]).filter((_, i) => i % stride === 0), inside([1, 3]), inside([1, 2, 5])];
  const values = candidates.find(({ length }) => length >= 3) ?? roundNumbers(low, high, 5);
  return { at, ticks: values.map((value) => ({ at: at(value), label: numberText(value) })) };
}

export function choiceScale(choices: readonly SettingValue[]): Scale {
  const at = (value: SettingValue) => (choices.indexOf(value) + 0.5) / choices.length;
  return { at, ticks: choices.map((value) => ({ at: at(value), label: String(value) })), band: 1 / choices.length };
}

/** A scale for all that a space holds and for the values that were tried beside that. */
export function spaceScale(entry: SearchParameter, tried: readonly SettingValue[]): Scale {
  const numbers = tried.filter((value) => typeof value === 'number');
  if (typeof entry === 'object' && 'low' in entry && numbers.length === tried.length) {
    const [low, high] = [Math.min(entry.low, ...numbers), Math.max(entry.high, ...numbers)];
    return entry.log && low > 0 ? logScale(low, high) : linearScale(low, high);
  }
  const choices = typeof entry === 'object' && 'choices' in entry ? entry.choices : [];
  return choiceScale([...new Set([...choices, ...tried])]);
}
