import { posix } from 'node:path';
import { HeddleError, quote } from '../../errors.js';
import { formatError } from '../../formats/fileKind.js';
import { type Entries, Listing, type PictureFile } from './listing.js';

/** What a data set's folder holds. */
export interface ClassFolders {
  /** The names of its folders, in the order of their code units. */
  readonly classes: readonly string[];
  /** Class by class, in each by path. */
  readonly pictures: readonly PictureFile[];
  /** The class of each picture, as a place among the classes. */
  readonly labels: Int32Array;
  /** The number of pictures before those of the folder for tests; undefined where there is none. */
  readonly trainCount: number | undefined;
  /** Files of other kinds, and pictures outside of the classes' folders, that were passed over. */
  readonly otherFiles: number;
}

/** The pictures in the folder of each class. */
type Classes = ReadonlyMap<string, readonly PictureFile[]>;

const testFolders = ['test', 'val', 'valid', 'validation'];

/** Finds the pictures of DIR/CLASS/…, or of DIR/train/CLASS/… and DIR/test/CLASS/… (or val, valid, validation).
 * @param known the classes of a model, of which these must be some; without them there must be two or more
 * @throws HeddleError FILE when a folder cannot be read, FORMAT when classes or pictures are missing or in excess, ARGUMENT for
 *   a class that is not known; the signal's reason */
export async function readClassFolders(
  dir: string,
  known: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<ClassFolders> {
  const listing = new Listing(dir, signal);
  const top = await listing.read('');
  const testFolder = testFolders.find((name) => top.folders.includes(name));
  const hasParts = top.folders.includes('train') && (testFolder !== undefined || top.folders.length === 1);
  const [trainPart, testPart] = hasParts ? ['train', testFolder] : [''];
  const train = await readClasses(listing, trainPart, hasParts ? await listing.read(trainPart) : top);
  const test = testPart === undefined ? undefined : await readClasses(listing, testPart, await listing.read(testPart));

  const classes = [...train.keys()];
  checkClasses(hasParts ? posix.join(dir, 'train') : dir, train, listing.otherFiles, known);
  const stranger = test && [...test.keys()].find((name) => !train.has(name));
  if (stranger !== undefined) {
    const problem = `expected in ${testFolder} the classes of train; found ${quote(stranger)} besides`;
    throw formatError(dir, problem, 'Remove its folder, or give it pictures to train on');
  }
  const inOrder = [train, test ?? new Map()].flatMap((part: Classes) => [...part]);
  const pictures = inOrder.flatMap(([, files]) => files);
  const labels = inOrder.flatMap(([name, { length }]) => Array<number>(length).fill(classes.indexOf(name)));
  return {
    classes,
    pictures,
    labels: Int32Array.from(labels),
    trainCount: test && pictures.length - [...test.values()].flat().length,
    otherFiles: listing.otherFiles,
  };
}

async function readClasses(listing: Listing, part: string, { folders, pictures }: Entries): Promise<Classes> {
  listing.otherFiles += pictures.length;
  const classes = new Map<string, readonly PictureFile[]>();
  for (const name of folders) classes.set(name, await listing.readTree(posix.join(part, name)));
  return classes;
}

function checkClasses(folder: string, train: Classes, otherFiles: number, known: readonly string[] | undefined): void {
  const wrong = (problem: string, advice: string) => formatError(folder, problem, advice);
  const names = [...train.keys()];
  const layout = `one folder for each class with its pictures in it, such as ${posix.join(folder, 'cats', '1.jpg')}`;
  if (names.length === 0)
    throw wrong(`expected ${layout}; found no folder and ${otherFiles} files`, 'Sort the pictures into folders');
  const stranger = known && names.find((name) => !known.includes(name));
  if (known && stranger !== undefined) {
    const found = `found the folder ${quote(stranger)}, which is none of the model's classes: ${known.join(', ')}`;
    throw new HeddleError('ARGUMENT', `${folder}: ${found}. Rename or remove it.`);
  }
  const empty = names.find((name) => train.get(name)?.length === 0);
  if (empty !== undefined) {
    const found = `found none in ${quote(empty)} (${otherFiles} files of other kinds in all)`;
    throw wrong(`expected PNG or JPEG files in the folder of each class; ${found}`, 'Add some, or remove the folder');
  }
  if (names.length === 1 && !known) {
    const inner = posix.join(folder, names[0]);
    const advice = `If the classes' folders are in that, give ${inner}`;
    throw wrong(`expected folders of two or more classes; found one alone, ${quote(names[0])}`, advice);
  }
}
