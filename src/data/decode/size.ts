import { HeddleError } from '../../errors.js';

const MAX_PIXELS = 25_000_000;

/** @throws HeddleError FORMAT unless an image of this size, which its header tells, can be decoded */
export function checkSize(width: number, height: number): void {
  if (width < 1 || height < 1 || width * height > MAX_PIXELS)
    throw new HeddleError(
      'FORMAT',
      `expected an image of 1 to ${MAX_PIXELS} pixels; its header says ${width}×${height}. Make it smaller.`,
    );
}
