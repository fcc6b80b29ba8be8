import type { SettingValue } from '../search/space.js';

export const percentText = (fraction: number | undefined, digits = 2): string =>
  fraction === undefined ? '–' : `${(100 * fraction).toFixed(digits)}%`;

/** Four digits and no zeros at the end; powers of ten where there would be many zeros. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e6)) return String(Number(value.toPrecision(4)));
  const [digits, exponent] = value.toExponential(2).split('e');
  return `${Number(digits)}e${Number(exponent)}`;
}

export const settingText = (value: SettingValue | undefined): string =>
  typeof value === 'number' ? numberText(value) : String(value ?? '–');

export const shortened = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

/** `45 s`, `12 min` or `6 h 12 min`. */
export function durationText(seconds: number): string {
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1 picture` or `12,345 pictures`. */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
