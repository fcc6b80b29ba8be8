import { drawsOf, hashKey, uniform } from '../../tensor/random.js';
import { expNegative } from '../../tensor/transcendental.js';
import type { Augmentation } from '../augmentation.js';

/** All that a draw for a sample depends on: its place is that in the batch of the training step. */
export interface SamplePlace {
  readonly seed: number;
  readonly step: number;
  readonly sample: number;
}

/** A part of an image. */
export type Box = Readonly<Record<'top' | 'left' | 'height' | 'width', number>>;

/** How one image is taken: where its upper left corner is cut out, whether it is then mirrored, what is erased. */
export interface Crop {
  readonly top: number;
  readonly left: number;
  readonly horizontalFlip: boolean;
  readonly verticalFlip: boolean;
  readonly erased?: Box | undefined;
}

export const plainCrop: Crop = { top: 0, left: 0, horizontalFlip: false, verticalFlip: false };
export const flippedCrop: Crop = { ...plainCrop, horizontalFlip: true };

/** Attempts at a rectangle that fits, as in torchvision. */
export const ATTEMPTS = 10;
const [LEAST_AREA, MOST_AREA] = [0.02, 0.33];
const MOST_RATIO = 3.3;
const LOG_RATIOS = 2.3978952727983707; // ln(3.3 / 0.3)

export function drawCrop(
  augmentation: Augmentation,
  [height, width]: readonly [number, number],
  { seed, step, sample }: SamplePlace,
): Crop {
  const { randomCrop, randomErasing } = augmentation;
  const { next, below } = drawsOf(hashKey(seed, 'augmentation', step, sample));
  const horizontalFlip = next() < augmentation.horizontalFlip;
  const [top, left] = [below(2 * randomCrop + 1) - randomCrop, below(2 * randomCrop + 1) - randomCrop];
  const verticalFlip = uniform(hashKey(seed, 'verticalFlip', step, sample), 0) < augmentation.verticalFlip;
  const crop = { top, left, horizontalFlip, verticalFlip };
  if (next() >= randomErasing) return crop;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = height * width * (LEAST_AREA + next() * (MOST_AREA - LEAST_AREA));
    const ratio = MOST_RATIO * expNegative(-next() * LOG_RATIOS);
    const erased = { height: Math.round(Math.sqrt(area * ratio)), width: Math.round(Math.sqrt(area / ratio)) };
    if (erased.height >= height || erased.width >= width) continue;
    const corner = { top: below(height - erased.height + 1), left: below(width - erased.width + 1) };
    return { ...crop, erased: { ...erased, ...corner } };
  }
  return crop;
}
