import { drawsOf, hashKey } from '../../tensor/random.js';
import type { Image } from '../image.js';
import { adjustBrightness, adjustContrast, adjustSaturation, adjustSharpness } from './adjust.js';
import { rotate, shearX, shearY, translateX, translateY } from './affine.js';
import type { SamplePlace } from './crop.js';
import { autocontrast, equalize, posterize, solarize } from './tables.js';

/** Magnitudes that an operation has. */
const BINS = 31;

export interface Operation {
  /** Of a bin from 0 to 30; without it, the operation has but one strength. */
  readonly magnitude?: (bin: number) => number;
  /** Whether the magnitude is as often below 0. */
  readonly signed?: true;
  apply(image: Image, magnitude: number): Image;
}

const upTo = (most: number) => (bin: number) => (most * bin) / (BINS - 1);
const factor = { magnitude: upTo(0.99), signed: true } as const;
const pixels = { magnitude: upTo(32), signed: true } as const;

/** TrivialAugmentWide's, with torchvision's names, in its order. */
export const operations = {
  Identity: { apply: (image) => image },
  ShearX: { ...factor, apply: shearX },
  ShearY: { ...factor, apply: shearY },
  TranslateX: { ...pixels, apply: (image, magnitude) => translateX(image, Math.trunc(magnitude)) },
  TranslateY: { ...pixels, apply: (image, magnitude) => translateY(image, Math.trunc(magnitude)) },
  Rotate: { magnitude: upTo(135), signed: true, apply: rotate },
  Brightness: { ...factor, apply: (image, magnitude) => adjustBrightness(image, 1 + magnitude) },
  Color: { ...factor, apply: (image, magnitude) => adjustSaturation(image, 1 + magnitude) },
  Contrast: { ...factor, apply: (image, magnitude) => adjustContrast(image, 1 + magnitude) },
  Sharpness: { ...factor, apply: (image, magnitude) => adjustSharpness(image, 1 + magnitude) },
  Posterize: { magnitude: (bin) => 8 - Math.round((6 * bin) / (BINS - 1)), apply: posterize },
  Solarize: { magnitude: (bin) => 255 - upTo(255)(bin), apply: solarize },
  AutoContrast: { apply: autocontrast },
  Equalize: { apply: equalize },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof operations;

const names = Object.keys(operations) as OperationName[];

/** The operation on an image, and how strong it is. */
export function drawOperation({ seed, step, sample }: SamplePlace): readonly [OperationName, number] {
  const { below } = drawsOf(hashKey(seed, 'trivialAugment', step, sample));
  const name = names[below(names.length)];
  const { magnitude, signed }: Operation = operations[name];
  const size = magnitude?.(below(BINS)) ?? 0;
  return [name, signed && below(2) === 1 ? -size : size];
}
