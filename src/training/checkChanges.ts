import { mostPadding } from '../data/augmentation/padding.js';
import { changeOfBytes, isAugmented } from '../data/augmentation.js';
import type { Dataset } from '../data/dataset.js';
import { checkPixels, checkTestTimeShift } from '../data/testTimeView.js';
import { HeddleError } from '../errors.js';
import type { Loss, TargetKind } from '../losses/loss.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import type { RunConfig } from './trainerOptions.js';

type Changes = Pick<RunConfig, 'augmentation' | 'testTimeFlip' | 'testTimeShift' | 'inputShape'>;

/** @throws HeddleError ARGUMENT for what is changed at random, mirrored or shifted, but is no image with one answer, and for
 *   changes of bytes, classes or places that the images or the loss do not know */
export function checkChanges(config: Changes, loss: Loss, targets: TargetKind, outputShape: Shape): void {
  const { augmentation, inputShape } = config;
  const what = kindOfChange(config);
  if (what === undefined) return;
  const wanted = `${what} is for images with one answer each`;
  // Targets and outputs that are images would have to be cropped and mirrored with the inputs.
  if (inputShape.length !== 3) throw refused(wanted, `inputs of shape ${formatShape(inputShape)}`);
  if (targets.shape.length > 1) throw refused(wanted, `targets of shape ${formatShape(targets.shape)}`);
  if (outputShape.length > 1) throw refused(wanted, `outputs of shape ${formatShape(outputShape)}`);
  const change = changeOfBytes(augmentation);
  const [channels] = inputShape;
  if (change && channels !== 1 && channels !== 3)
    throw refused(`${change} is for images of 1 or 3 channels`, `inputs of shape ${formatShape(inputShape)}`);
  if (augmentation.mixup > 0 && targets.of === 'classes' && !loss.planMixup)
    throw refused('mixup of classes wants a CrossEntropyLoss', `a loss of type ${loss.type}`);
  checkSizes(config);
}

function kindOfChange({ augmentation, testTimeFlip, testTimeShift }: Changes): string | undefined {
  if (isAugmented(augmentation)) return 'augmentation';
  if (testTimeFlip) return 'testTimeFlip';
  return testTimeShift > 0 ? 'testTimeShift' : undefined;
}

/** @throws HeddleError ARGUMENT for more pixels than the images have */
function checkSizes({ augmentation: { randomCrop, cropPadding, cutout }, testTimeShift, inputShape }: Changes): void {
  const [, height, width] = inputShape;
  const mostAround = mostPadding(cropPadding, [height, width]);
  checkPixels(`randomCrop with cropPadding: '${cropPadding}'`, randomCrop, mostAround, inputShape);
  checkPixels('cutout', cutout, Math.max(height, width), inputShape);
  checkTestTimeShift(testTimeShift, inputShape);
}

/** @throws HeddleError ARGUMENT for floats where bytes are to be changed */
export function checkBytes({ inputs }: Dataset, { augmentation }: Pick<RunConfig, 'augmentation'>): void {
  const change = changeOfBytes(augmentation);
  if (change && inputs.BYTES_PER_ELEMENT !== 1)
    throw refused(`${change} is for images of bytes`, 'a data set of floats');
}

const refused = (wanted: string, found: string) =>
  new HeddleError('ARGUMENT', `${wanted}; found ${found}. Leave it away`);
