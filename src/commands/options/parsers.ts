import { InvalidArgumentError } from 'commander';
import { decimalNumbers } from '../../formats/decimalNumbers.js';
import type { Shape } from '../../tensor/shape.js';

function bounded(kind: string, isOne: (value: unknown) => boolean, least: number, most: number, greatest: number) {
  const range = most === greatest ? `of ${least} or more` : `from ${least} to ${most}`;
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !isOne(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a ${kind} ${range}.`);
    return value;
  };
}

/** Reads a whole number within bounds. */
export const integer = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  bounded('whole number', Number.isInteger, least, most, Number.MAX_SAFE_INTEGER);

/** Reads a number within bounds. */
export const number = (least: number, most = Number.MAX_VALUE) =>
  bounded('number', Number.isFinite, least, most, Number.MAX_VALUE);

/** Reads a number of either sign, or one for each channel, with commas between. */
export function signedNumbers(text: string): number | readonly number[] {
  const values = decimalNumbers(text);
  if (![values].flat().every(Number.isFinite))
    throw new InvalidArgumentError('It must be a number, or several with commas between.');
  return values;
}

/** Reads a number above 0, or one for each channel, with commas between. */
export function positiveNumbers(text: string): number | readonly number[] {
  const values = decimalNumbers(text);
  if (![values].flat().every((value) => value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError('It must be a number above 0, or several with commas between.');
  return values;
}

/** Reads channels, height and width, or a number of features. */
export function shapeOfInput(text: string): Shape {
  const lengths = text.split(',').map(integer(1));
  if (lengths.length !== 1 && lengths.length !== 3)
    throw new InvalidArgumentError('It must be channels, height and width, as 3,224,224, or a number of features.');
  return lengths;
}

/** Reads the name of a file or folder. */
export function pathName(text: string): string {
  if (text === '' || text.includes('\0'))
    throw new InvalidArgumentError('It must be the name of a file or folder, which is not empty.');
  return text;
}

/** Reads words with commas between, which stay one text. */
export function words(text: string): string {
  if (text.split(',').some((word) => word.trim() === ''))
    throw new InvalidArgumentError('It must be a word, or several with commas between.');
  return text;
}
