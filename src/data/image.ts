import { HeddleError } from '../errors.js';
import { bytesOf } from '../tensor/bytes.js';
import { kindOf, wholeNumber } from '../validate.js';

/** A picture of 8-bit greys or of red, green and blue: rows from the top, in each the pixels from the left, the channels of a
 * pixel side by side. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** height · width · channels bytes. */
  readonly pixels: Uint8Array;
}

/** An image as callers may give it. */
export type GivenImage = Omit<Image, 'pixels'> & { readonly pixels: Uint8Array | ArrayBufferLike };

/** @throws HeddleError ARGUMENT or SHAPE unless it is an image */
export function checkImage(given: GivenImage): Image {
  const { width, height, channels } = given ?? {};
  const pixels = bytesOf('image.pixels', given?.pixels);
  wholeNumber('image.height', height, 1);
  wholeNumber('image.width', width, 1);
  if (channels !== 1 && channels !== 3)
    throw new HeddleError('ARGUMENT', `image.channels must be 1 or 3, not ${kindOf(channels)}`);
  const length = height * width * channels;
  if (pixels.length !== length)
    throw new HeddleError(
      'SHAPE',
      `image.pixels: expected ${length} bytes, of ${height} rows of ${width} pixels of ${channels}; found ${pixels.length}`,
    );
  return { width, height, channels, pixels };
}

/** Rec. 601 luma of 8-bit colours, rounded as Pillow's convert('L') does. */
export const luma = (red: number, green: number, blue: number) =>
  (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;

/** The image in greys. */
export function toGrey(image: Image): Image {
  if (image.channels === 1) return image;
  const { width, height, pixels: colours } = image;
  const pixels = new Uint8Array(width * height);
  for (let p = 0, at = 0; p < pixels.length; p++, at += 3)
    pixels[p] = luma(colours[at], colours[at + 1], colours[at + 2]);
  return { width, height, channels: 1, pixels };
}
