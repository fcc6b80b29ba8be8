import { expect, it } from '@jest/globals';
import { type AugmentationOptions, readAugmentation } from '../../../src/data/augmentation.js';
import type { RunConfig } from '../../../src/training/trainerOptions.js';
import { dataset, gathering } from '../../support/augmentedInputs.js';
import { thrown } from '../../support/thrown.js';

it.each<[string, object]>([
  ['horizontalFlip', { horizontalFlip: -0.1 }],
  ['horizontalFlip', { horizontalFlip: 1.1 }],
  ['horizontalFlip', { horizontalFlip: Number.NaN }],
  ['verticalFlip', { verticalFlip: 2 }],
  ['randomCrop', { randomCrop: -1 }],
  ['randomCrop', { randomCrop: 1.5 }],
  ['randomResizedCrop', { randomResizedCrop: 1.5 }],
  ['randomErasing', { randomErasing: 2 }],
  ['randomErasing', { randomErasing: null }],
  ['trivialAugment', { trivialAugment: 1 }],
  ['cropPadding', { randomCrop: 1, cropPadding: 'mirror' }],
  ['alternatingFlip', { alternatingFlip: 1 }],
  ['cutout', { cutout: 0.5 }],
  ['cutout', { cutout: -1 }],
  ['mixup', { mixup: -0.1 }],
  ['mixup', { mixup: Number.POSITIVE_INFINITY }],
  ['colorJitter', { colorJitter: -0.1 }],
  ['colorJitter.contrast', { colorJitter: { contrast: -0.1 } }],
  ['colorJitter.hue', { colorJitter: { hue: 0.6 } }],
])('%s is refused with ARGUMENT in %j', (name, given) => {
  expect(thrown(() => readAugmentation(given))).toMatch(new RegExp(`^ARGUMENT: ${name} must be`));
});

it.each<[AugmentationOptions, string]>([
  [
    { cropPadding: 'reflect' },
    "cropPadding: 'reflect' does nothing without randomCrop; write { randomCrop: 1, cropPadding: 'reflect' }",
  ],
  [
    { alternatingFlip: true, horizontalFlip: 0.5 },
    'alternatingFlip takes the place of horizontalFlip, which is 0.5; leave one of them away',
  ],
])('%j, of which one part would do nothing, is refused with ARGUMENT', (given, message) => {
  expect(thrown(() => readAugmentation(given))).toBe(`ARGUMENT: ${message}`);
});

it.each<[Partial<RunConfig>, string]>([
  [
    { augmentation: readAugmentation({ randomCrop: 5, cropPadding: 'reflect' }) },
    "randomCrop with cropPadding: 'reflect' must be at most 4",
  ],
  [
    { augmentation: readAugmentation({ randomCrop: 6, cropPadding: 'symmetric' }) },
    "randomCrop with cropPadding: 'symmetric' must be at most 5",
  ],
  [{ augmentation: readAugmentation({ cutout: 8 }) }, 'cutout must be at most 7'],
  [{ testTimeShift: 5 }, 'testTimeShift must be at most 4'],
])('more pixels than images of 5×7 have are refused: %j', (options, message) => {
  const found = thrown(() => gathering(dataset, {}, options));
  expect(found).toBe(`ARGUMENT: ${message} for inputs of shape [2, 5, 7], not ${Number(message.slice(-1)) + 1}`);
});

it.each<Partial<RunConfig>>([
  { augmentation: readAugmentation({ randomCrop: 4, cropPadding: 'reflect', cutout: 7 }), testTimeShift: 4 },
  { augmentation: readAugmentation({ randomCrop: 5, cropPadding: 'symmetric' }) },
  { augmentation: readAugmentation({ randomCrop: 50, cropPadding: 'edge' }) },
])('as many pixels as images of 5×7 have are taken: %j', (options) => {
  expect(gathering(dataset, {}, options).model.inputShape).toEqual([2, 5, 7]);
});

it.each<[unknown, string]>([
  ['strong', "colorJitter: expected an object of options, found 'strong'"],
  [{ lightness: 1 }, "colorJitter has no option 'lightness'"],
])('colorJitter of %j is refused with ARGUMENT', (colorJitter, message) => {
  expect(thrown(() => readAugmentation({ colorJitter: colorJitter as number }))).toMatch(`ARGUMENT: ${message}`);
});

it('a number for colorJitter stands for brightness, contrast and saturation', () => {
  expect(readAugmentation({ colorJitter: 0.4 }).colorJitter).toEqual({
    brightness: 0.4,
    contrast: 0.4,
    saturation: 0.4,
    hue: 0,
  });
});
