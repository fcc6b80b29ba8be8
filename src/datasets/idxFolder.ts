import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sharedArray } from '../data/dataset.js';
import { loadIdxPair } from '../data/mnist/mnistFolder.js';
import { formatError } from '../formats/fileKind.js';
import { classNamesIn, readMapping } from './classNames.js';
import { withNumbers } from './classNumbers.js';
import type { DataFolder } from './dataFolder.js';
import { fashionMnistClasses } from './fashionMnistClasses.js';
import type { PictureSet } from './pictureSet.js';
import type { PictureSets } from './pictures.js';

/** The names of IDX files: what comes before train, t10k or test tells data sets in one folder apart. */
const fileName = /^(.*?)(train|t10k|test)-(?:images|labels)[-.]idx[13]-ubyte(?:\.gz)?$/;
/** SHA-256 of the labels of Fashion-MNIST's test set, by which it is known, as others have files of the same names. */
const fashionMnistLabels = '3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9';
const advice = 'See heddle data mnist for the files that belong together.';

/** What the names of a folder's IDX files begin with, such as emnist-letters- or nothing. */
export const idxPrefixes = ({ files }: DataFolder): string[] =>
  [...new Set([...files].flatMap((name) => fileName.exec(name)?.[1] ?? []))].sort();

/** Loads MNIST's files, or others in its format; undefined where the folder has none.
 * @throws HeddleError FILE, FORMAT */
export async function loadIdxFolder(folder: DataFolder): Promise<PictureSets | undefined> {
  const prefixes = idxPrefixes(folder);
  if (prefixes.length === 0) return undefined;
  if (prefixes.length === 1) return loadIdx(folder, prefixes[0]);
  const paths = prefixes.map((prefix) => join(folder.path, prefix.replace(/-$/, '')));
  throw formatError(folder.path, `expected one data set; found ${prefixes.length}`, `Give one of ${paths.join(', ')}`);
}

/** Loads those whose names begin with `prefix`. @throws HeddleError FILE, FORMAT */
export async function loadIdx(folder: DataFolder, prefix: string): Promise<PictureSets> {
  const parts = new Set(
    [...folder.files].map((name) => fileName.exec(name)).map((found) => found?.[1] === prefix && found[2]),
  );
  const testPart = ['t10k', 'test'].find((part) => parts.has(part));
  const [, emnist] = /^emnist-(\w+)-$/.exec(prefix) ?? [];
  const load = async (part: string) => {
    const pair = await loadIdxPair(folder.path, `${prefix}${part}`, advice);
    const [, height, width] = pair.shape;
    const set: PictureSet = { ...pair, shape: [1, height, width] };
    return emnist ? upright(set) : set;
  };
  const train = await load('train');
  const test = testPart ? await load(testPart) : undefined;
  const kind = emnist ? `EMNIST ${emnist}` : 'IDX files';
  const pictures: PictureSets = {
    kind,
    train,
    test,
    names: await classNamesIn(folder.path),
    lightOnDark: true,
  };
  if (pictures.names) return pictures;
  if (test && isFashionMnist(test)) return { ...pictures, kind: 'Fashion-MNIST', names: fashionMnistClasses };
  const source = join(folder.path, `${prefix}mapping.txt`);
  const mapping = await readMapping(source);
  return mapping ? withMapping(pictures, mapping, source) : pictures;
}

const isFashionMnist = ({ targets }: PictureSet) =>
  createHash('sha256').update(targets).digest('hex') === fashionMnistLabels;

/** EMNIST's images are stored column by column. */
function upright({ inputs, shape: [channels, columns, rows], ...rest }: PictureSet): PictureSet {
  const turned = sharedArray<PictureSet['inputs']>(Uint8Array as never, inputs.length);
  const size = rows * columns;
  for (let start = 0; start < inputs.length; start += size)
    for (let y = 0, to = start; y < rows; y++)
      for (let x = 0; x < columns; x++) turned[to++] = inputs[start + x * rows + y];
  return { ...rest, inputs: turned, shape: [channels, rows, columns] };
}

/** Gives labels the places of their lines in the mapping, from 0 on: those of letters begin at 1. */
function withMapping(pictures: PictureSets, mapping: ReadonlyMap<number, string>, source: string): PictureSets {
  const numbers = new Map([...mapping.keys()].map((label, place) => [label, place]));
  const numberOf = (label: number) => {
    const number = numbers.get(label);
    if (number === undefined)
      throw formatError(source, `expected the label ${label}, which images have; found none`, 'Get the files again');
    return number;
  };
  const renumber = (set: PictureSet) => withNumbers(set, numberOf, numbers.size);
  const { train, test } = pictures;
  return { ...pictures, train: renumber(train), test: test && renumber(test), names: [...mapping.values()] };
}
