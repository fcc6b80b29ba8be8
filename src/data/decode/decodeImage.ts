import { HeddleError, reason } from '../../errors.js';
import { refuseOtherKinds } from '../../formats/fileKind.js';
import { readRegularFile } from '../../formats/regularFile.js';
import { type Bytes, bytesOf } from '../../tensor/bytes.js';
import { required, text } from '../../validate.js';
import type { Image } from '../image.js';
import { decodeJpeg } from './jpeg.js';
import { decodePng } from './png.js';

const formats = [
  { name: 'PNG', signature: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], decode: decodePng },
  { name: 'JPEG', signature: [0xff, 0xd8, 0xff], decode: decodeJpeg },
];

/** Decodes a PNG or JPEG file's bytes, told apart by their signatures, to one channel if they have greys alone, else to
 * red, green and blue: what is transparent lies on white, 16-bit samples are rounded to 8. A JPEG's Exif orientation is
 * honoured; colour profiles and gamma are not. Sizes are checked in the header, before memory is taken: at most 25
 * million pixels, for which the decoders take about 600 MB.
 * @param name what errors call the image, such as its path
 * @throws HeddleError FORMAT if it is neither, damaged, cut short, of a kind that is not supported, or too large;
 *   ARGUMENT for what is no bytes */
export function decodeImage(file: Bytes, name = 'the image'): Image {
  required('decodeImage(bytes)', { bytes: file });
  const bytes = bytesOf(name, file);
  const format = formats.find(({ signature }) => signature.every((byte, i) => bytes[i] === byte));
  if (!format) {
    refuseOtherKinds(bytes, 'a PNG or JPEG image', name);
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const found =
      bytes.length === 0
        ? 'an empty file. Get it again'
        : `a file that starts with the bytes ${start}. Convert it to PNG`;
    throw new HeddleError('FORMAT', `${name}: expected a PNG or JPEG image; found ${found}.`);
  }
  try {
    return format.decode(bytes);
  } catch (cause) {
    throw new HeddleError('FORMAT', `${name}: cannot read it as ${format.name}: ${fault(cause)}`, { cause });
  }
}

/** Decoders throw errors of any kind on damaged files. */
const fault = (error: unknown) => (error instanceof HeddleError ? error.message : `it is damaged (${reason(error)}).`);

export const MAX_FILE_BYTES = 2 ** 26;

/** Reads a PNG or JPEG file of up to 64 MiB, see decodeImage.
 * @throws HeddleError FILE when it cannot be read, FORMAT when it is larger or decodeImage refuses it */
export async function readImage(path: string): Promise<Image> {
  required('readImage(path)', { path });
  text('path', path);
  return decodeImage(await readRegularFile(path, MAX_FILE_BYTES), path);
}
