import { HeddleError } from '../errors.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { wholeNumber } from '../validate.js';
import { type Crop, plainCrop } from './augmentation/crop.js';
import { mostPadding } from './augmentation/padding.js';

/** What evaluation looks at besides each image itself. */
export interface TestTime {
  /** Whether also at its mirror image. */
  readonly testTimeFlip: boolean;
  /** By how many pixels it is also shifted, up and to the left, and down and to the right; 0: not at all. */
  readonly testTimeShift: number;
}

/** How an image is taken, or two views, whose logits' mean counts. */
export type View = Crop | readonly [View, View];

/** Half of what counts is the image in its place and a quarter each of the shifted ones, around which it is reflected, as
 * airbench has it (Jordan, 2024); of each, its mirror image counts as much. */
export function testTimeView({ testTimeFlip, testTimeShift }: TestTime): View {
  const bothWays = (crop: Crop): View => (testTimeFlip ? [crop, { ...crop, horizontalFlip: true }] : crop);
  const inPlace = bothWays(plainCrop);
  if (testTimeShift === 0) return inPlace;
  const from = (place: number) => bothWays({ ...plainCrop, top: place, left: place, padding: 'reflect' });
  return [inPlace, [from(-testTimeShift), from(testTimeShift)]];
}

/** The crops of a view, in their order. */
export const cropsOf = (view: View): readonly Crop[] => ('top' in view ? [view] : view.flatMap(cropsOf));

/** @throws HeddleError ARGUMENT for more pixels than an image has around its middle when it is reflected */
export function checkTestTimeShift(shift: number, inputShape: Shape): number {
  const [, height = 1, width = 1] = inputShape;
  return checkPixels(
    'testTimeShift',
    wholeNumber('testTimeShift', shift, 0),
    mostPadding('reflect', [height, width]),
    inputShape,
  );
}

/** @throws HeddleError ARGUMENT for more pixels than inputs of this shape can do with */
export function checkPixels(what: string, pixels: number, most: number, inputShape: Shape): number {
  if (pixels > most)
    throw new HeddleError(
      'ARGUMENT',
      `${what} must be at most ${most} for inputs of shape ${formatShape(inputShape)}, not ${pixels}`,
    );
  return pixels;
}
