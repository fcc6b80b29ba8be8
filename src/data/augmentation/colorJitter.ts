import { drawsOf, hashKey, permutation } from '../../tensor/random.js';
import type { ColorJitter } from '../augmentation.js';
import type { Image } from '../image.js';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from './adjust.js';
import type { SamplePlace } from './crop.js';

const adjustments = {
  brightness: adjustBrightness,
  contrast: adjustContrast,
  saturation: adjustSaturation,
  hue: adjustHue,
} as const;

type Name = keyof typeof adjustments;

/** The adjustments of an image, in their order, each with its factor or, of hues, its share of the circle. */
export function drawColorJitter(jitter: ColorJitter, { seed, step, sample }: SamplePlace): (readonly [Name, number])[] {
  const { next } = drawsOf(hashKey(seed, 'colorJitter', step, sample));
  const drawn = (Object.keys(adjustments) as Name[]).map((name) => {
    const most = jitter[name];
    const [low, high] = name === 'hue' ? [-most, most] : [Math.max(0, 1 - most), 1 + most];
    return [name, low + next() * (high - low)] as const;
  });
  const order = permutation(drawn.length, hashKey(seed, 'colorJitter', step, sample, 0));
  return Array.from(order, (i) => drawn[i]).filter(([name]) => jitter[name] > 0);
}

export const jitterColors = (image: Image, adjusted: readonly (readonly [Name, number])[]): Image =>
  adjusted.reduce((changed, [name, factor]) => adjustments[name](changed, factor), image);
