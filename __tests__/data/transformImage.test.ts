import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { decodeImage } from '../../src/data/decode/decodeImage.js';
import { channelScales } from '../../src/data/normalization.js';
import { toInput } from '../../src/data/toInput.js';
import { transformImage } from '../../src/data/transformImage.js';
import { pictureFile, pictures } from '../support/goldenPictures.js';
import { thrown } from '../support/thrown.js';

it.each(pictures.transforms)(
  '$file by Resize($resize) and CenterCrop($crop), $channels channels, is torchvision’s, to the bit',
  ({ file, resize, crop, channels, pixels }) => {
    const image = decodeImage(readFileSync(pictureFile(file)));
    const transformed = transformImage(image, { type: 'resizeCrop', channels, resize, crop });
    expect(transformed.shape).toEqual([channels, ...crop]);
    expect(Buffer.from(transformed.pixels).toString('base64')).toBe(pixels);
  },
);

it('normalized bytes are torchvision’s within two roundings of float32', () => {
  const { mean, std, bytes } = pictures.normalization;
  for (const [channel, scale] of channelScales({ mean, std }, 3).entries())
    for (const [value, expected] of bytes[channel].entries())
      expect(Math.abs(scale.bytes[value] - expected)).toBeLessThanOrEqual(
        2 * 2 ** -24 * (Math.abs(expected) + 2 / std[channel]),
      );
});

it('keeps one grey one grey at any size, also of pictures a pixel wide and 20,000 long', () => {
  for (const [width, height] of [
    [1, 20_000],
    [20_000, 1],
    [300, 211],
  ])
    for (const resize of [1, 2, 28, 400]) {
      const image = { width, height, channels: 1 as const, pixels: new Uint8Array(width * height).fill(201) };
      const { pixels } = transformImage(image, { type: 'resizeCrop', channels: 3, resize, crop: [resize, resize] });
      expect([pixels.length, ...new Set(pixels)]).toEqual([3 * resize * resize, 201]);
    }
});

it('lightOnDark is toInput', () => {
  const image = decodeImage(readFileSync(pictureFile('rgb.png')));
  const { pixels, inverted } = toInput(image, 9, 12);
  expect(transformImage(image, { type: 'lightOnDark', height: 9, width: 12 })).toEqual({
    pixels,
    shape: [1, 9, 12],
    inverted,
  });
});

it.each<[string, Partial<Parameters<typeof transformImage>[0]>, string]>([
  ['two channels', { channels: 2 as 3 }, 'ARGUMENT: image.channels must be 1 or 3, not 2'],
  ['no height', { height: 0 }, 'ARGUMENT: image.height must be'],
  ['too few pixels', { pixels: new Uint8Array(17) }, 'SHAPE: image.pixels: expected 18 bytes'],
  ['a list for pixels', { pixels: [1] as unknown as Uint8Array }, 'ARGUMENT: image.pixels: expected its bytes'],
])('refuses %s', (_, change, message) => {
  const image = { width: 3, height: 2, channels: 3 as const, pixels: new Uint8Array(18), ...change };
  const transform = { type: 'resizeCrop', channels: 3, resize: 4, crop: [4, 4] } as const;
  for (const call of [() => transformImage(image, transform), () => toInput(image)])
    expect(thrown(call)).toContain(message);
});
