import { setImmediate } from 'node:timers/promises';
import { sharedArray } from '../data/dataset.js';
import { type ImageTransform, MOST_PIXELS, type ResizeCrop, transformedShape } from '../data/imageTransform.js';
import { subset } from '../data/subsets.js';
import { transformImage } from '../data/transformImage.js';
import { formatError } from '../formats/fileKind.js';
import { formatShape, sizeOf } from '../tensor/shape.js';
import { numbering } from './classNumbers.js';
import type { CheckedDataOptions } from './dataOptions.js';
import { holdOut } from './holdOut.js';
import { checkMemory } from './imageFolder/memory.js';
import type { LabelledData } from './labelledData.js';
import { imageOf, type PictureSet } from './pictureSet.js';

/** What such files hold. */
export interface PictureSets {
  readonly kind: string;
  readonly train: PictureSet;
  /** Undefined where the files have none. */
  readonly test: PictureSet | undefined;
  /** The labels' names, from label 0 on; undefined where labels are known as numbers. */
  readonly names: readonly string[] | undefined;
  /** Whether the pictures are as MNIST's are, so that other pictures have to become such. */
  readonly lightOnDark: boolean;
}

/** Pictures that are transformed before others get their turn. */
const TURN = 256;

/** Holds samples out where there is no test set, gives labels a model's numbers, and makes the pictures those that are
 * asked for; those that are so already are not copied.
 * @throws HeddleError FORMAT, ARGUMENT; the signal's reason */
export async function toLabelledData(
  source: string,
  pictures: PictureSets,
  options: CheckedDataOptions,
): Promise<LabelledData> {
  const { kind, lightOnDark, train: all, test: given } = pictures;
  if (Math.max(...all.shape) > MOST_PIXELS) {
    const problem = `expected pictures of at most ${MOST_PIXELS} pixels along each side; found ${formatShape(all.shape)}`;
    throw formatError(source, problem, 'Make them smaller');
  }
  if (given && given.shape.join() !== all.shape.join()) {
    const problem = `expected test pictures of ${formatShape(all.shape)}, as those to train on are; found ${formatShape(given.shape)}`;
    throw formatError(source, problem, 'Give both the same size');
  }
  const sets = given ? [all, given] : split(source, all, options);
  const { classes, renumber } = numbering(source, sets, pictures.names, options.classes);
  const transform = wantedTransform(all.shape, lightOnDark, options);
  const fitting = fittingTransform(all.shape, lightOnDark, transform);
  const total = sets.reduce((sum, { count }) => sum + count, 0);
  const report = (done: number) => options.onProgress?.(done, total);
  const [train, test] = sets.map(renumber);
  if (!fitting) return { kind, train, test, classes, transform, unreadable: [] };
  checkMemory(source, total, transformedShape(fitting));
  const size = [all.shape[2], all.shape[1]] as const;
  return {
    kind,
    train: await transformed(train, fitting, options.signal, report),
    test: await transformed(test, fitting, options.signal, (done) => report(train.count + done)),
    classes,
    transform,
    sizes: { smallest: size, median: size, largest: size },
    unreadable: [],
  };
}

function split(source: string, all: PictureSet, { testShare, seed }: CheckedDataOptions): PictureSet[] {
  const places = holdOut(all.targets, testShare, seed);
  if (places.test.length === 0)
    throw formatError(source, 'expected two pictures of a class, to hold one out; found one of each', 'Add some');
  return [places.train, places.test].map((some) => subset(all, some) as PictureSet);
}

/** What other pictures have to go through. */
function wantedTransform(
  [ownChannels, height, width]: PictureSet['shape'],
  lightOnDark: boolean,
  { transform, imageSize, channels = ownChannels }: CheckedDataOptions,
): ImageTransform {
  if (transform) return transform;
  const crop = [imageSize ?? height, imageSize ?? width] as const;
  if (lightOnDark && channels === 1) return { type: 'lightOnDark', height: crop[0], width: crop[1] };
  return { type: 'resizeCrop', channels, resize: Math.min(...crop), crop };
}

/** What the set's own pictures have to go through; undefined where they are as they should be. Those that are light on dark
 * are not looked at again: one with a light border would be inverted. */
function fittingTransform(
  [ownChannels, ownHeight, ownWidth]: PictureSet['shape'],
  lightOnDark: boolean,
  wanted: ImageTransform,
): ImageTransform | undefined {
  if (wanted.type === 'lightOnDark' && !lightOnDark) return wanted;
  const [channels, height, width] = transformedShape(wanted) as PictureSet['shape'];
  const resize = (wanted as ResizeCrop).resize ?? Math.min(height, width);
  const isSo = ownChannels === channels && Math.min(ownHeight, ownWidth) === resize;
  if (isSo && ownHeight === height && ownWidth === width) return undefined;
  return { type: 'resizeCrop', channels, resize, crop: [height, width] };
}

async function transformed(
  set: PictureSet,
  transform: ImageTransform,
  signal: AbortSignal | undefined,
  report: (done: number) => void,
): Promise<PictureSet> {
  const shape = transformedShape(transform) as PictureSet['shape'];
  const size = sizeOf(shape);
  const inputs = sharedArray<PictureSet['inputs']>(Uint8Array as never, set.count * size);
  for (let i = 0; i < set.count; i++) {
    inputs.set(transformImage(imageOf(set, i), transform).pixels, i * size);
    if ((i + 1) % TURN > 0 && i + 1 < set.count) continue;
    report(i + 1);
    await setImmediate();
    signal?.throwIfAborted();
  }
  return { ...set, inputs, shape };
}
