import { readRegularFile } from '../../formats/regularFile.js';
import { required, text } from '../../validate.js';
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
  return decodeImage(await readRegularFile(path, MAX_FILE_BYTES), path);
}
