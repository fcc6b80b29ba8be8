import { InvalidArgumentError } from 'commander';
import { decimalNumber } from '../../formats/decimalNumbers.js';

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

/** Reads a number of either sign. */
export function signedNumber(text: string): number {
  const value = decimalNumber(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

export function positiveNumber(text: string): number {
  const value = decimalNumber(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** Reads the name of a file or folder. */
export function pathName(text: string): string {
  if (text === '' || text.includes('\0'))
    throw new InvalidArgumentError('It must be the name of a file or folder, which is not empty.');
  return text;
}
