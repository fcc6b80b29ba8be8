import { InvalidArgumentError } from 'commander';
import { decimalNumber } from '../../formats/modelFile.js';

/** Reads a whole number within bounds. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(
        most === Number.MAX_SAFE_INTEGER
          ? `It must be a whole number of ${least} or more.`
          : `It must be a whole number from ${least} to ${most}.`,
      );
    return value;
  };

/** Reads a number within bounds. */
export const number =
  (least: number, most = Number.MAX_VALUE) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most)
      throw new InvalidArgumentError(
        most === Number.MAX_VALUE
          ? `It must be a number of ${least} or more.`
          : `It must be a number from ${least} to ${most}.`,
      );
    return value;
  };

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
