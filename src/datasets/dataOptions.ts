import { availableParallelism } from 'node:os';
import { checkTransform } from '../data/imageTransform.js';
import { HeddleError, quote } from '../errors.js';
import { checkSeed } from '../tensor/random.js';
import { abortSignal, callback, kindOf, options, text, texts, wholeNumber } from '../validate.js';
import type { DataOptions } from './labelledData.js';

/** Options with their defaults. */
export type CheckedDataOptions = DataOptions & Record<'testShare' | 'seed' | 'workers', number>;

/** The longest sides that a transform gives. */
const MOST_PIXELS = 4096;

/** @param form the call as people write it
 * @throws HeddleError ARGUMENT for an option that is not there, out of its range, or in contradiction to another */
export function checkDataOptions(
  form: string,
  given: DataOptions | undefined,
  others: readonly unknown[] = [],
): CheckedDataOptions {
  const defaults = {
    transform: undefined,
    imageSize: undefined,
    channels: undefined,
    classes: undefined,
    testShare: 0.2,
    seed: 0,
    workers: availableParallelism(),
    cacheFolder: undefined,
    onProgress: undefined,
    signal: undefined,
  };
  const set = options<DataOptions, typeof defaults>(form, given, defaults, others);
  checkSize(set);
  const { classes, testShare, cacheFolder } = set;
  if (classes !== undefined) checkClasses(classes);
  if (!(typeof testShare === 'number' && testShare > 0 && testShare < 1))
    throw new HeddleError('ARGUMENT', `testShare must be above 0 and below 1, not ${kindOf(testShare)}`);
  checkSeed(set.seed);
  wholeNumber('workers', set.workers, 1);
  if (cacheFolder !== undefined) text('cacheFolder', cacheFolder);
  callback('onProgress', set.onProgress);
  abortSignal('signal', set.signal);
  return set;
}

function checkSize({ transform, imageSize, channels }: DataOptions): void {
  if (imageSize !== undefined) wholeNumber('imageSize', imageSize, 1, MOST_PIXELS);
  if (channels !== undefined && channels !== 1 && channels !== 3)
    throw new HeddleError('ARGUMENT', `channels must be 1 or 3, not ${kindOf(channels)}`);
  if (transform === undefined) return;
  checkTransform(transform);
  if (imageSize !== undefined || channels !== undefined)
    throw new HeddleError('ARGUMENT', 'a transform says size and channels itself: give it or imageSize and channels');
}

function checkClasses(classes: readonly string[]): void {
  texts('classes', classes);
  const twice = classes.find((name, i) => classes.indexOf(name) < i);
  if (twice !== undefined)
    throw new HeddleError('ARGUMENT', `classes must have different names; found ${quote(twice)} twice`);
}
