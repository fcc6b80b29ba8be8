import { decodeImage } from '../../../src/data/decode/decodeImage.js';
import { findImageHeader } from '../../../src/data/decode/imageHeader.js';
import type { Image } from '../../../src/data/image.js';
import { pngPicture } from './image.js';
import { jpegFiles } from './jpegFiles.js';
import { otherKind } from './otherKinds.js';
import { pngFile } from './png.js';
import { damage } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

export const imageHeaderReader: FuzzedReader = {
  name: 'image header',
  codes: [],
  share: 2,
  prepare(random) {
    const right = random.chance(0.5)
      ? random.pick(jpegFiles).bytes
      : pngFile(pngPicture(random), () => random.below(5));
    const bytes = random.chance(0.03) ? otherKind(random, 'image') : random.chance(0.3) ? right : damage(random, right);
    return () => checkHeader(bytes);
  },
};

/** A header says of whatever can be decoded what decoding says. */
async function checkHeader(bytes: Uint8Array): Promise<void> {
  const header = await findImageHeader(async (begin, length) => bytes.subarray(begin, begin + length));
  const image = decoded(bytes);
  if (!image || !header) return;
  const { width, height, channels } = header;
  expectThat(width === image.width && height === image.height, `found ${width}×${height}, not ${image.width}×…`);
  expectThat(channels >= image.channels, 'found greys in a picture with colours');
}

function decoded(bytes: Uint8Array): Image | undefined {
  try {
    return decodeImage(bytes);
  } catch {
    return undefined;
  }
}
