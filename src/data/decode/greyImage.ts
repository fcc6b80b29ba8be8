import { HeddleError } from '../../errors.js';

/** One channel of pixels, 0 black to 255 white, row by row from the top left. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

const MAX_PIXELS = 25_000_000;

/** @throws HeddleError FORMAT unless an image of this size, which its header tells, can be decoded */
export function checkSize(width: number, height: number): void {
  if (width < 1 || height < 1 || width * height > MAX_PIXELS)
    throw new HeddleError(
      'FORMAT',
      `expected an image of 1 to ${MAX_PIXELS} pixels; its header says ${width}×${height}. Make it smaller.`,
    );
}

/** Rec. 601 luma of 8-bit colours, rounded as Pillow's convert('L') does. */
export const luma = (red: number, green: number, blue: number) =>
  (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;

/** An 8-bit grey of an opacity from 0 to 255 as it looks on white. */
export const overWhite = (grey: number, alpha: number) => Math.round((grey * alpha + 255 * (255 - alpha)) / 255);
