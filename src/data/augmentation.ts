import { hashKey, uniform } from '../tensor/random.js';
import { expNegative } from '../tensor/transcendental.js';
import { inRange, wholeNumber } from '../validate.js';

/** How training images are changed at random, as torchvision.transforms' classes do: cropped, mirrored, then erased in. Off:
 * all 0. */
export interface Augmentation {
  /** Probability of a mirror image: RandomHorizontalFlip. */
  readonly horizontalFlip: number;
  /** Pixels of value 0 put around the image before a part of its size is cut out: RandomCrop's padding. */
  readonly randomCrop: number;
  /** Probability of RandomErasing: a rectangle of 2% to 33% of the image, of an aspect ratio of 0.3 to 3.3, becomes the
   * network's input of 0. Zhong et al., 2020. */
  readonly randomErasing: number;
}

export const noAugmentation: Augmentation = { horizontalFlip: 0, randomCrop: 0, randomErasing: 0 };

/** @throws HeddleError ARGUMENT */
export function checkAugmentation(augmentation: Augmentation): void {
  const { horizontalFlip, randomCrop, randomErasing } = augmentation;
  inRange('horizontalFlip', horizontalFlip, 0, 1);
  wholeNumber('randomCrop', randomCrop, 0);
  inRange('randomErasing', randomErasing, 0, 1);
}

/** How one image is taken: where its upper left corner is cut out, whether it is then mirrored, what is erased. */
export interface Crop {
  readonly top: number;
  readonly left: number;
  readonly flip: boolean;
  readonly erased?: Readonly<Record<'top' | 'left' | 'height' | 'width', number>> | undefined;
}

export const plainCrop: Crop = { top: 0, left: 0, flip: false };
export const flippedCrop: Crop = { top: 0, left: 0, flip: true };

/** Attempts at a rectangle that fits, as in torchvision. */
const ATTEMPTS = 10;
const [LEAST_AREA, MOST_AREA] = [0.02, 0.33];
const MOST_RATIO = 3.3;
const LOG_RATIOS = 2.3978952727983707; // ln(3.3 / 0.3)

/** The crop at place `sample` of the batch of training step `step`; it depends on nothing else but the seed. */
export function drawCrop(
  { horizontalFlip, randomCrop, randomErasing }: Augmentation,
  [height, width]: readonly [number, number],
  { seed, step, sample }: { readonly seed: number; readonly step: number; readonly sample: number },
): Crop {
  const key = hashKey(seed, 'augmentation', step, sample);
  let drawn = 0;
  const next = () => uniform(key, drawn++);
  const integerBelow = (count: number) => Math.floor(next() * count);
  const flip = next() < horizontalFlip;
  const [top, left] = [integerBelow(2 * randomCrop + 1) - randomCrop, integerBelow(2 * randomCrop + 1) - randomCrop];
  if (next() >= randomErasing) return { top, left, flip };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = height * width * (LEAST_AREA + next() * (MOST_AREA - LEAST_AREA));
    const ratio = MOST_RATIO * expNegative(-next() * LOG_RATIOS);
    const erased = { height: Math.round(Math.sqrt(area * ratio)), width: Math.round(Math.sqrt(area / ratio)) };
    if (erased.height >= height || erased.width >= width) continue;
    const corner = { top: integerBelow(height - erased.height + 1), left: integerBelow(width - erased.width + 1) };
    return { top, left, flip, erased: { ...erased, ...corner } };
  }
  return { top, left, flip };
}
