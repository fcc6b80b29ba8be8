import { dirname, join } from 'node:path';
import { formatError } from '../formats/fileKind.js';
import { type NpyFiles, withNpz } from '../formats/npz.js';
import { readRegularFile } from '../formats/regularFile.js';
import { classNamesIn } from './classNames.js';
import type { DataFolder } from './dataFolder.js';
import { labelsOf, pixelsOf } from './numpyArrays.js';
import type { PictureSet } from './pictureSet.js';
import type { PictureSets } from './pictures.js';

/** The names of arrays of images and of labels: to train on, and in the order in which they are looked for, to test with. */
const layouts = [
  {
    train: ['x_train', 'y_train'],
    test: [
      ['x_test', 'y_test'],
      ['x_val', 'y_val'],
    ],
  },
  {
    train: ['train_images', 'train_labels'],
    test: [
      ['test_images', 'test_labels'],
      ['val_images', 'val_labels'],
    ],
  },
  { train: ['images', 'labels'], test: [] },
  { train: ['x', 'y'], test: [] },
] as const;

const MAX_FILE_BYTES = 2 ** 31;

/** Loads a .npz archive of arrays with one of these names, in any case: Keras' x_train, y_train, x_test and y_test, MedMNIST's
 * train_images, train_labels, test_images and test_labels (val_images only where no test_images are), or images and labels.
 * @throws HeddleError FILE, FORMAT, MEMORY */
export const loadNpz = (path: string): Promise<PictureSets> =>
  withNpz(path, async (arrays) => {
    const pictures = await loadArrays(path, 'a NumPy .npz archive', arrays);
    if (pictures) return { ...pictures, names: await classNamesIn(dirname(path)) };
    const names = layouts.map(({ train }) => train.join(' and ')).join(', or ');
    const problem = `expected arrays named ${names}; found ${arrays.names.join(', ') || 'none'}`;
    throw formatError(path, problem, 'Save them with numpy.savez(file, images=…, labels=…)');
  });

/** Loads .npy files of such names; undefined where the folder has none. @throws HeddleError FILE, FORMAT, MEMORY */
export async function loadNpyFolder({ path, files }: DataFolder): Promise<PictureSets | undefined> {
  const names = [...files].filter((name) => name.endsWith('.npy')).map((name) => name.slice(0, -4));
  const read = (name: string) => readRegularFile(join(path, `${name}.npy`), MAX_FILE_BYTES);
  const pictures = await loadArrays(path, 'NumPy .npy files', { names, read });
  return pictures && { ...pictures, names: await classNamesIn(path) };
}

/** What the arrays are called where they are: images and labels. */
type Pair = readonly [images: string, labels: string];
interface Found {
  readonly train: Pair;
  readonly test: Pair | undefined;
}

function findArrays({ names }: NpyFiles): Found | undefined {
  const spelt = (name: string) => names.find((spelling) => spelling.toLowerCase() === name);
  const pair = ([images, labels]: Pair): Pair => [spelt(images) ?? images, spelt(labels) ?? labels];
  const layout = layouts.find(({ train }) => train.some(spelt));
  const test = layout?.test.find((some) => some.some(spelt));
  return layout && { train: pair(layout.train), test: test && pair(test) };
}

/** Loads the arrays that have such names; undefined where none have. @throws HeddleError FILE, FORMAT, MEMORY */
export async function loadArrays(source: string, kind: string, arrays: NpyFiles): Promise<PictureSets | undefined> {
  const found = findArrays(arrays);
  if (!found) return undefined;
  const train = await loadPair(source, arrays, found.train);
  const test = found.test && (await loadPair(source, arrays, found.test));
  return { kind, train, test, names: undefined, lightOnDark: false };
}

async function loadPair(source: string, { names, read }: NpyFiles, pair: Pair): Promise<PictureSet> {
  const missing = pair.find((name) => !names.includes(name));
  if (missing)
    throw formatError(source, `expected ${pair.join(' and ')}; ${missing} is missing`, 'Save both, of equal length');
  const [images, labels] = pair;
  const pixels = pixelsOf(await read(images), `${source}, ${images}`);
  const targets = labelsOf(await read(labels), `${source}, ${labels}`);
  if (targets.length !== pixels.count) {
    const problem = `expected ${pixels.count} labels, one for each of ${images}; found ${targets.length}`;
    throw formatError(`${source}, ${labels}`, problem, 'Save both, of equal length');
  }
  return { ...pixels, targets, targetShape: [] };
}
