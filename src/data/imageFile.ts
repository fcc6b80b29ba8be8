import { readFile, stat } from 'node:fs/promises';
import { required, text } from '../arguments.js';
import { HeddleError } from '../errors.js';
import { decodeImage } from './decodeImage.js';
import type { GreyImage } from './greyImage.js';

const MAX_FILE_BYTES = 2 ** 26;

/**
 * Reads a PNG or JPEG file of up to 64 MiB, see decodeImage.
 *
 * @throws HeddleError FILE when it cannot be read, FORMAT when it is larger or decodeImage refuses it
 */
export async function readImage(path: string): Promise<GreyImage> {
  required('readImage(path)', { path });
  text('path', path);
  let bytes: Uint8Array;
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new HeddleError('FILE', `cannot read ${path}: expected a regular file. Check the path.`);
    if (stats.size > MAX_FILE_BYTES)
      throw new HeddleError(
        'FORMAT',
        `${path}: expected a file of at most ${MAX_FILE_BYTES} bytes; found ${stats.size}. Make the image smaller.`,
      );
    bytes = await readFile(path);
  } catch (cause) {
    if (cause instanceof HeddleError) throw cause;
    const { message } = cause as Error;
    throw new HeddleError('FILE', `cannot read ${path}: ${message}. Check the path and its rights.`, { cause });
  }
  return decodeImage(bytes, path);
}
