import { type Draws, drawsOf, hashKey, uniform } from '../../tensor/random.js';
import { expNegative } from '../../tensor/transcendental.js';
import type { Augmentation } from '../augmentation.js';
import type { CropPadding } from './padding.js';

/** All that a draw for a sample depends on. */
export interface SamplePlace {
  readonly seed: number;
  readonly step: number;
  /** Its place in the batch of the training step. */
  readonly sample: number;
  /** Counted from 0. */
  readonly epoch: number;
  /** Its place in the data set. */
  readonly index: number;
}

/** [height, width] */
type Size = readonly [number, number];

/** A part of an image. */
export type Box = Readonly<Record<'top' | 'left' | 'height' | 'width', number>>;

/** How one image is taken: where its upper left corner is cut out, what lies around the image there, whether it is then
 * mirrored, what is erased. */
export interface Crop {
  readonly top: number;
  readonly left: number;
  readonly padding: CropPadding;
  readonly horizontalFlip: boolean;
  readonly verticalFlip: boolean;
  readonly erased: readonly Box[];
}

export const plainCrop: Crop = {
  top: 0,
  left: 0,
  padding: 'constant',
  horizontalFlip: false,
  verticalFlip: false,
  erased: [],
};

/** Attempts at a rectangle that fits, as in torchvision. */
export const ATTEMPTS = 10;
const [LEAST_AREA, MOST_AREA] = [0.02, 0.33];
const MOST_RATIO = 3.3;
const LOG_RATIOS = 2.3978952727983707; // ln(3.3 / 0.3)

export function drawCrop(augmentation: Augmentation, size: Size, place: SamplePlace): Crop {
  const { seed, step, sample } = place;
  const { randomCrop, cropPadding, alternatingFlip, cutout } = augmentation;
  const draws = drawsOf(hashKey(seed, 'augmentation', step, sample));
  // Drawn in any case, so that the crop is the same beside either kind of flip.
  const randomFlip = draws.next() < augmentation.horizontalFlip;
  const horizontalFlip = alternatingFlip ? isMirrored(place) : randomFlip;
  const [top, left] = [draws.below(2 * randomCrop + 1) - randomCrop, draws.below(2 * randomCrop + 1) - randomCrop];
  const verticalFlip = uniform(hashKey(seed, 'verticalFlip', step, sample), 0) < augmentation.verticalFlip;
  const erased = draws.next() < augmentation.randomErasing ? drawErased(size, draws) : [];
  const cut = cutout > 0 ? [drawCutout(cutout, size, place)] : [];
  return { top, left, padding: cropPadding, horizontalFlip, verticalFlip, erased: [...erased, ...cut] };
}

/** Half of the images begin mirrored, and each then changes from epoch to epoch. */
const isMirrored = ({ seed, epoch, index }: SamplePlace): boolean =>
  uniform(hashKey(seed, 'alternatingFlip', index), 0) < 0.5 !== (epoch % 2 === 1);

/** RandomErasing's rectangle; none where no attempt fits. */
function drawErased([height, width]: Size, { next, below }: Draws): readonly Box[] {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = height * width * (LEAST_AREA + next() * (MOST_AREA - LEAST_AREA));
    const ratio = MOST_RATIO * expNegative(-next() * LOG_RATIOS);
    const erased = { height: Math.round(Math.sqrt(area * ratio)), width: Math.round(Math.sqrt(area / ratio)) };
    if (erased.height >= height || erased.width >= width) continue;
    return [{ ...erased, top: below(height - erased.height + 1), left: below(width - erased.width + 1) }];
  }
  return [];
}

/** What is inside the image of a square of so many pixels a side around a pixel drawn anywhere in it: from ⌊side / 2⌋ before it
 * on, as in the authors' code. */
function drawCutout(side: number, [height, width]: Size, { seed, step, sample }: SamplePlace): Box {
  const { below } = drawsOf(hashKey(seed, 'cutout', step, sample));
  const along = (length: number) => {
    const start = below(length) - Math.floor(side / 2);
    const first = Math.max(0, start);
    return { first, count: Math.min(length, start + side) - first };
  };
  const [rows, columns] = [along(height), along(width)];
  return { top: rows.first, left: columns.first, height: rows.count, width: columns.count };
}
