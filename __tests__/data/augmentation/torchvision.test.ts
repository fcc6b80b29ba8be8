import { describe, expect, it } from '@jest/globals';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  adjustSharpness,
} from '../../../src/data/augmentation/adjust.js';
import { cut } from '../../../src/data/augmentation/changePixels.js';
import { plainCrop } from '../../../src/data/augmentation/crop.js';
import { type CropPadding, cropPaddings } from '../../../src/data/augmentation/padding.js';
import { type Operation, operations } from '../../../src/data/augmentation/trivialAugment.js';
import type { Image } from '../../../src/data/image.js';
import { channelScales } from '../../../src/data/normalization.js';
import { resize } from '../../../src/data/resize.js';
import { tensorDataset } from '../../../src/data/tensorDataset.js';
import { readInput } from '../../../src/training/readInput.js';
import { readJson } from '../../support/golden.js';

interface Case {
  readonly image: string;
  readonly shape: readonly [number, number, Image['channels']];
  readonly pixels: string;
  /** What torchvision made of it: operation, magnitude or box, bytes. */
  readonly made: readonly (readonly [string, number | readonly number[], string])[];
}

const { cases, space } = readJson('augmentation.json') as {
  cases: readonly Case[];
  space: Readonly<Record<string, { magnitudes: readonly number[]; signed: boolean }>>;
};

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

function crop(image: Image, [top, left, height, width]: readonly number[]): Image {
  const whole = { top: 0, left: 0, height: image.height, width: image.width };
  return resize(cut(image, { top, left, height, width }), [image.height, image.width], whole);
}

/** RandomCrop's for a place that is known. */
const paddedCrop =
  (padding: CropPadding) =>
  (image: Image, [top, left]: readonly number[]) =>
    cut(image, { ...image, top, left }, { ...plainCrop, padding });

const adjustments = {
  brightness: adjustBrightness,
  contrast: adjustContrast,
  saturation: adjustSaturation,
  sharpness: adjustSharpness,
  hue: adjustHue,
};

const applied: Readonly<Record<string, (image: Image, magnitude: never) => Image>> = {
  ...Object.fromEntries(Object.entries(operations).map(([name, { apply }]) => [name, apply])),
  ...adjustments,
  ...Object.fromEntries(cropPaddings.map((padding) => [`RandomCrop ${padding}`, paddedCrop(padding)])),
  crop,
};

describe.each(cases)('of $image, $shape,', ({ shape: [height, width, channels], pixels, made }) => {
  const image = { height, width, channels, pixels: bytes(pixels) };
  const names = [...new Set(made.map(([name]) => name))];

  it.each(names)('%s makes torchvision’s bytes, and leaves the image itself as it is', (name) => {
    const found = made.filter(([other]) => other === name);
    for (const [, magnitude, expected] of found) {
      const result = applied[name](image, magnitude as never);
      expect([magnitude, { ...result, pixels: [...result.pixels] }]).toEqual([
        magnitude,
        { ...image, pixels: [...bytes(expected)] },
      ]);
    }
    expect([...image.pixels]).toEqual([...bytes(pixels)]);
  });
});

it.each(cropPaddings)(
  'RandomCrop with padding_mode %s makes torchvision’s images where nothing else changes bytes, of bytes and of floats',
  (padding) => {
    let count = 0;
    for (const {
      shape: [height, width, channels],
      pixels,
      made,
    } of cases) {
      const image = bytes(pixels);
      const planes = Array.from({ length: image.length }, (_, i) => {
        const [channel, pixel] = [Math.floor(i / (height * width)), i % (height * width)];
        return image[pixel * channels + channel];
      });
      for (const [, [top, left], expected] of made.filter(([name]) => name === `RandomCrop ${padding}`) as [
        string,
        number[],
        string,
      ][])
        for (const [inputs, scale] of [
          [Uint8Array.from(planes), 255],
          [Float32Array.from(planes), 1],
        ] as const) {
          const data = new Float32Array(image.length);
          const scales = channelScales({ mean: 0, std: 1 }, channels);
          const dataset = tensorDataset({ data: inputs, shape: [1, channels, height, width] }, [0]);
          readInput(dataset, 0, { ...plainCrop, top, left, padding }, scales, { data, at: 0 });
          expect(data).toEqual(Float32Array.from(bytes(expected), (value) => value / scale));
          count++;
        }
    }
    expect(count).toBe(40);
  },
);

it('every operation but Identity changes one of the images', () => {
  const changing = cases.flatMap(({ pixels, made }) => made.filter(([, , result]) => result !== pixels));
  const names = new Set(changing.map(([name]) => name));
  expect(Object.keys(applied).filter((name) => !names.has(name))).toEqual(['Identity']);
});

it('TrivialAugmentWide has torchvision’s operations in its order, whose 31 magnitudes differ by at most 2e-6, those of whole numbers not at all', () => {
  expect(Object.keys(operations)).toEqual(Object.keys(space));
  for (const [name, { magnitudes, signed }] of Object.entries(space)) {
    const operation: Operation = operations[name as keyof typeof operations];
    expect([name, operation.signed ?? false]).toEqual([name, signed]);
    const { magnitude } = operation;
    if (!magnitude) expect([name, magnitudes]).toEqual([name, [0]]);
    else
      for (const [bin, expected] of magnitudes.entries()) {
        expect(Math.abs(magnitude(bin) - expected)).toBeLessThanOrEqual(2e-6);
        if (/Translate|Posterize/.test(name)) expect(Math.trunc(magnitude(bin))).toBe(Math.trunc(expected));
      }
  }
});
