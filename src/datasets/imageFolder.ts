import { type Dataset, sharedArray } from '../data/dataset.js';
import { transformedShape } from '../data/imageTransform.js';
import { HeddleError, quote } from '../errors.js';
import { formatError } from '../formats/fileKind.js';
import { sizeOf } from '../tensor/shape.js';
import { required, text } from '../validate.js';
import { type CheckedDataOptions, checkDataOptions } from './dataOptions.js';
import { holdOut } from './holdOut.js';
import { cacheOf, type KeptPictures, readCache, writeCache } from './imageFolder/cache.js';
import { type ClassFolders, readClassFolders } from './imageFolder/classFolders.js';
import { decodePictures, type Pictures } from './imageFolder/decodePictures.js';
import type { DataOptions, LabelledData } from './labelledData.js';

/** Loads PNG and JPEG pictures of any size, a folder for each class, as torchvision's ImageFolder: DIR/CLASS/…, of which a share
 * of each class is held out for tests, by the seed and the files' names alone; or DIR/train/CLASS/… and DIR/test/CLASS/… (or val,
 * valid, validation). Folders in a class's folder belong to it, hidden files and other kinds are passed over. Links are followed, but
 * not those that lead back to DIR or above it.
 *
 * Pictures are decoded on worker threads and go through `transform`. If none is given it makes them a square of imageSize, else
 * of the median of their shorter sides, from 32 to 64 and a multiple of 8; in colour if one of them has colours. One that cannot
 * be read is left out and named in `unreadable`. The largest that can, of 25 million pixels, takes 1 GB in its worker meanwhile.
 *
 * With a cacheFolder, pixels of up to 2 GB are kept in one file there, until pictures or options change.
 * @throws HeddleError FILE when a folder cannot be read; FORMAT when there are no two classes, one has no picture, or more than 5
 *   and a tenth of all pictures cannot be read; MEMORY when there is too little for all; ARGUMENT for options out of their range
 *   and classes that are none of `classes`; WORKER when a thread fails */
export async function imageFolder(dir: string, given?: DataOptions, ...others: never[]): Promise<LabelledData> {
  const form = 'imageFolder(dir, { imageSize, testShare, cacheFolder })';
  required(form, { dir });
  const options = checkDataOptions(form, given, others);
  if (text('dir', dir) === '') throw new HeddleError('FILE', 'expected the name of a folder; found an empty one');
  const found = await readClassFolders(dir, options.classes, options.signal);
  const order = orderOf(dir, found, options);
  const { notKept, ...pictures } = await load(dir, found, order.all, options);
  const classes = options.classes ?? found.classes;
  const { transform, unreadable, sizes } = pictures;
  return {
    kind: 'a folder of pictures',
    ...datasets(dir, found, classes, pictures, order.isTest),
    classes,
    transform,
    sizes,
    unreadable,
    otherFiles: found.otherFiles,
    ...(notKept === undefined ? {} : { notKept }),
  };
}

/** The pictures in the order of the samples: those to train on, and then those to test with. */
interface Order {
  readonly all: Int32Array;
  /** By picture. */
  readonly isTest: Uint8Array;
}

function orderOf(dir: string, { labels, trainCount }: ClassFolders, { testShare, seed }: CheckedDataOptions): Order {
  const isTest = new Uint8Array(labels.length);
  if (trainCount !== undefined) isTest.fill(1, trainCount);
  else for (const place of holdOut(labels, testShare, seed).test) isTest[place] = 1;
  if (!isTest.includes(1)) {
    const [expected, advice] =
      trainCount === undefined
        ? ['two pictures or more of a class, to hold one out for a test; found one of each', 'Add some']
        : [
            'pictures in the folder for tests; found none',
            'Add some, or remove the folder: a share of all is held out then',
          ];
    throw formatError(dir, `expected ${expected}`, advice);
  }
  const places = Int32Array.from(labels.keys());
  const all = new Int32Array(labels.length);
  const train = places.filter((place) => !isTest[place]);
  all.set(train);
  all.set(
    places.filter((place) => isTest[place]),
    train.length,
  );
  return { all, isTest };
}

/** The pictures in an order, from the cache or decoded. */
async function load(
  dir: string,
  found: ClassFolders,
  order: Int32Array,
  options: CheckedDataOptions,
): Promise<Pictures & { readonly notKept?: string | undefined }> {
  const files = found.pictures.map(({ file }) => file);
  const cache = options.cacheFolder === undefined ? undefined : await cacheOf(dir, found, options, options.cacheFolder);
  const kept = cache && (await readCache(cache, files.length));
  if (kept) return inOrder(kept, order);
  const decoded = await decodePictures({ folder: dir, files: Array.from(order, (place) => files[place]) }, options);
  const pictures = { ...decoded, places: decoded.places.map((place) => order[place]) };
  return { ...pictures, notKept: cache && (await writeCache(cache, pictures)) };
}

/** Kept pictures, which may be in the order of another seed, in shared memory. */
function inOrder(kept: KeptPictures, order: Int32Array): Pictures {
  const size = sizeOf(transformedShape(kept.transform));
  const inputs = sharedArray<Pictures['inputs']>(Uint8Array, kept.inputs.length);
  const rowOf = new Int32Array(order.length).fill(-1);
  for (const [row, place] of kept.places.entries()) rowOf[place] = row;
  const places = Int32Array.from(order.filter((place) => rowOf[place] >= 0));
  for (const [row, place] of places.entries())
    inputs.set(kept.inputs.subarray(rowOf[place] * size, (rowOf[place] + 1) * size), row * size);
  return { ...kept, inputs, places };
}

/** @throws HeddleError FORMAT for a class of which no picture can be read, or where there is none to test with */
function datasets(
  dir: string,
  { classes: folders, labels, pictures }: ClassFolders,
  classes: readonly string[],
  { inputs, places, transform }: Pictures,
  isTest: Uint8Array,
): Pick<Required<LabelledData>, 'train' | 'test' | 'files'> {
  const shape = transformedShape(transform);
  const targets = sharedArray<Int32Array<SharedArrayBuffer>>(Int32Array, places.length);
  for (const [row, place] of places.entries()) targets[row] = classes.indexOf(folders[labels[place]]);
  const part = (begin: number, end: number): Dataset => ({
    inputs: inputs.subarray(begin * sizeOf(shape), end * sizeOf(shape)) as Dataset['inputs'],
    targets: targets.subarray(begin, end) as Dataset['targets'],
    count: end - begin,
    shape,
    targetShape: [],
  });
  const files = Array.from(places, (place) => pictures[place].file);
  const trainCount = places.filter((place) => !isTest[place]).length;
  const [train, test] = [part(0, trainCount), part(trainCount, places.length)];
  const lost = folders.find((name) => !train.targets.includes(classes.indexOf(name)));
  const what = lost === undefined ? 'to test with' : `of ${quote(lost)} to train on`;
  if (lost !== undefined || test.count === 0)
    throw formatError(dir, `expected pictures ${what} that can be read; found none`, 'Add some');
  return { train, test, files: { train: files.slice(0, trainCount), test: files.slice(trainCount) } };
}
