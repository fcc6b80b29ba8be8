import { HeddleError, quote } from './errors.js';
import { formatShape, type Shape } from './tensor/shape.js';

/** A size in both directions, or [height, width]. */
export type Size2d = number | readonly [number, number];

/** @throws HeddleError ARGUMENT unless `value` is a whole number of at least `least`, and at most `most` */
export function wholeNumber(what: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new HeddleError('ARGUMENT', `${what} must be a whole number ${range}, not ${shown(value)}`);
  return value;
}

/** A number, or what there is in its place: values may come from a file. */
const shown = (value: unknown) => (typeof value === 'number' ? value : typeof value);

export function size2d(what: string, size: Size2d, least: number): readonly [number, number] {
  const sizes = typeof size === 'number' ? [size, size] : size;
  if (!Array.isArray(sizes) || sizes.length !== 2)
    throw new HeddleError('ARGUMENT', `${what} must be a whole number, or two of them: [height, width]`);
  const [height, width] = sizes;
  return [wholeNumber(what, height, least), wholeNumber(what, width, least)];
}

/** @throws HeddleError ARGUMENT unless low ≤ value ≤ high */
export function inRange(what: string, value: number, low: number, high: number): number {
  if (typeof value !== 'number' || !(value >= low && value <= high))
    throw new HeddleError('ARGUMENT', `${what} must be from ${low} to ${high}, not ${shown(value)}`);
  return value;
}

/** @throws HeddleError ARGUMENT unless `value` is true or false */
export function flag(what: string, value: boolean): boolean {
  if (typeof value !== 'boolean')
    throw new HeddleError('ARGUMENT', `${what} must be true or false, not ${shown(value)}`);
  return value;
}

/** @throws HeddleError ARGUMENT unless `value` is among the choices */
export function oneOf<T extends string>(what: string, value: T, choices: readonly T[]): T {
  if (!choices.includes(value))
    throw new HeddleError('ARGUMENT', `${what} must be one of ${choices.join(', ')}, not ${quote(String(value))}`);
  return value;
}

/** The image shape [C, H, W], of `channels` channels if that is given. */
export function imageShape(input: Shape, channels?: number): [number, number, number] {
  if (input.length !== 3 || (channels !== undefined && input[0] !== channels))
    throw new HeddleError(
      'SHAPE',
      `got an input of shape ${formatShape(input)}, wants [${channels ?? 'channels'}, height, width]`,
    );
  return [input[0], input[1], input[2]];
}

/** How many windows of a size fit along a padded length. */
export function windows(input: Shape, length: number, kernel: number, stride: number, padding: number): number {
  const count = Math.floor((length + 2 * padding - kernel) / stride) + 1;
  if (count < 1)
    throw new HeddleError(
      'SHAPE',
      `got an input of shape ${formatShape(input)}, wants height and width of at least the window's ${kernel} less twice the padding ${padding}`,
    );
  return count;
}
