import { join } from 'node:path';
import { sharedArray } from '../data/dataset.js';
import { HeddleError } from '../errors.js';
import { cutShort, formatError, refuseOtherKinds } from '../formats/fileKind.js';
import { readRegularFile } from '../formats/regularFile.js';
import { readClassNames } from './classNames.js';
import type { DataFolder } from './dataFolder.js';
import { labelArray, type PictureSet } from './pictureSet.js';
import type { PictureSets } from './pictures.js';

/** The binary version of CIFAR-10 or CIFAR-100, after the page of the data sets (www.cs.toronto.edu/~kriz/cifar.html):
 * records of a label, or of a coarse and a fine one, and 32×32 pixels: all of red, all of green, all of blue. */
interface Cifar {
  readonly kind: string;
  readonly train: readonly string[];
  readonly test: string;
  readonly names: string;
  /** The bytes before the pixels, of which the last is the label. */
  readonly labels: number;
  readonly classes: number;
}

export const cifar10: Cifar = {
  kind: 'CIFAR-10',
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
  test: 'test_batch.bin',
  names: 'batches.meta.txt',
  labels: 1,
  classes: 10,
};
export const cifar100: Cifar = {
  kind: 'CIFAR-100',
  train: ['train.bin'],
  test: 'test.bin',
  names: 'fine_label_names.txt',
  labels: 2,
  classes: 100,
};

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;
/** Of a file; the largest of the data sets has 154 million. */
const MAX_BYTES = 2 ** 28;

/** Loads the binary files of CIFAR-10 or CIFAR-100, the latter with its fine labels; undefined where the folder has none.
 * @throws HeddleError FILE when one is missing or cannot be read, FORMAT when one is not what its name says or when the folder
 *   holds the version for Python */
export async function loadCifar({ path, files }: DataFolder): Promise<PictureSets | undefined> {
  refusePickles(path, files);
  const found = [cifar10, cifar100].find(({ train, test }) => files.has(test) && train.some((name) => files.has(name)));
  if (!found) return undefined;
  const missing = found.train.find((name) => !files.has(name));
  if (missing)
    throw new HeddleError(
      'FILE',
      `${path}: expected all files of ${found.kind}; ${missing} is missing. Unpack the archive again.`,
    );
  const names = await readClassNames(join(path, found.names));
  const read = (some: readonly string[]) =>
    readRecords(
      some.map((name) => join(path, name)),
      found,
    );
  return {
    kind: found.kind,
    train: await read(found.train),
    test: await read([found.test]),
    names,
    lightOnDark: false,
  };
}

function refusePickles(path: string, files: ReadonlySet<string>): void {
  const [kind, archive] = files.has('data_batch_1')
    ? ['CIFAR-10', 'cifar-10-binary']
    : ['CIFAR-100', 'cifar-100-binary'];
  if (!files.has('data_batch_1') && !['meta', 'train', 'test'].every((name) => files.has(name))) return;
  const problem = `expected the binary version of ${kind}; found the one for Python, of pickles, which are programs`;
  throw formatError(
    path,
    problem,
    `Take ${archive}.tar.gz instead: heddle data ${kind.toLowerCase()} says where it is`,
  );
}

/** A file's content. */
interface Content {
  readonly path: string;
  readonly bytes: Uint8Array;
}

async function readRecords(paths: readonly string[], cifar: Cifar): Promise<PictureSet> {
  const contents: Content[] = [];
  for (const path of paths) contents.push({ path, bytes: await readRegularFile(path, MAX_BYTES) });
  return recordsOf(contents, cifar);
}

/** The pictures of one file after the other. @throws HeddleError FORMAT */
export function recordsOf(contents: readonly Content[], { labels, classes, kind }: Cifar): PictureSet {
  const record = labels + PIXELS;
  for (const { path, bytes } of contents) checkLength(path, bytes, record, kind);
  const count = contents.reduce((sum, { bytes }) => sum + bytes.length, 0) / record;
  const inputs = sharedArray<PictureSet['inputs']>(Uint8Array as never, count * PIXELS);
  const targets = labelArray(count, classes);
  let sample = 0;
  for (const { path, bytes } of contents)
    for (let at = 0; at < bytes.length; at += record, sample++) {
      const label = bytes[at + labels - 1];
      if (label >= classes) {
        const where = `byte ${at + labels - 1}: expected a label below ${classes}`;
        throw formatError(path, `${where}; found ${label}`, `Check that it is a file of ${kind}`);
      }
      targets[sample] = label;
      inputs.set(bytes.subarray(at + labels, at + record), sample * PIXELS);
    }
  return { inputs, targets, count, shape: [3, SIDE, SIDE], targetShape: [] };
}

function checkLength(path: string, bytes: Uint8Array, record: number, kind: string): void {
  if (bytes.length > 0 && bytes.length % record === 0) return;
  refuseOtherKinds(bytes, `records of ${kind}`, path);
  throw formatError(path, `expected one or more records of ${record} bytes; found ${bytes.length} bytes`, cutShort);
}
