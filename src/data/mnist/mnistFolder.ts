import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HeddleError, reason } from '../../errors.js';
import { oneOf, required, text } from '../../validate.js';
import { readIdx } from './idx.js';
import { type MnistDataset, mnistDataset, prefixes } from './mnistDataset.js';

/** Loads one split of a data set kept like MNIST's: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, or
 * `t10k-…` for the test set, each plain or `.gz`, or spelt `train-images.idx3-ubyte`. Images have one channel.
 * @param advice what to do when the folder or a file is missing, which the message ends with
 * @throws HeddleError FILE if the folder or a file is missing or unreadable; FORMAT if a file is not what its name
 *   says, or if there are more images than labels or fewer. The values of the labels are the caller's to check. */
export async function loadMnistFolder(
  folder: string,
  split: 'train' | 'test',
  advice = 'Check the path of the folder.',
): Promise<MnistDataset> {
  required("loadMnistFolder(folder, 'train')", { folder, split });
  text('folder', folder);
  oneOf('split', split, ['train', 'test']);
  text('advice', advice);
  return loadIdxPair(folder, prefixes[split], advice);
}

/** Loads the images and labels whose files begin with `prefix`. @throws HeddleError as loadMnistFolder */
export async function loadIdxPair(folder: string, prefix: string, advice: string): Promise<MnistDataset> {
  const entries = await list(folder, prefix, advice);
  const imagePath = find(folder, entries, `${prefix}-images`, 'idx3-ubyte', advice);
  const labelPath = find(folder, entries, `${prefix}-labels`, 'idx1-ubyte', advice);
  const images = await readIdx(imagePath, 3);
  const labels = await readIdx(labelPath, 1);
  return mnistDataset(images, labels, imagePath, labelPath);
}

/** Whether a folder has some of them. */
export const isMnistFolder = async (folder: string): Promise<boolean> => (await mnistFiles(folder)).length > 0;

/** The files of both splits that a folder has. */
export async function mnistFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^(train|t10k)-(images|labels)[-.]idx[13]-ubyte(\.gz)?$/.test(name))
    .map((name) => join(folder, name));
}

async function list(folder: string, prefix: string, advice: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const problem = `expected a folder with ${prefix}-images-idx3-ubyte.gz in it; cannot read it (${reason(cause)})`;
    throw new HeddleError('FILE', `${folder}: ${problem}. ${advice}`, { cause });
  }
}

function find(folder: string, entries: Dirent[], stem: string, type: string, advice: string): string {
  const names = [`${stem}-${type}`, `${stem}-${type}.gz`, `${stem}.${type}`, `${stem}.${type}.gz`];
  // Some archives unpack each file into a folder of the same name, hence no directories.
  const name = names.find((candidate) => entries.some((entry) => entry.name === candidate && !entry.isDirectory()));
  const wanted = `${stem}-${type} or ${stem}-${type}.gz`;
  if (name === undefined) throw new HeddleError('FILE', `${folder}: expected a file ${wanted}; found none. ${advice}`);
  return join(folder, name);
}
