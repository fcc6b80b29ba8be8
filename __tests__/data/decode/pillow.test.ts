import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { decodeImage } from '../../../src/data/decode/decodeImage.js';
import { pictureFile, pictures } from '../../support/goldenPictures.js';

it.each(pictures.files)('$file has the pixels that Pillow decodes, to the bit', (expected) => {
  const { width, height, channels, pixels } = decodeImage(readFileSync(pictureFile(expected.file)));
  expect({ width, height, channels }).toEqual({
    width: expected.width,
    height: expected.height,
    channels: expected.channels,
  });
  expect(Buffer.from(pixels).toString('base64')).toBe(expected.pixels);
});
