import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { HeddleError, reason } from '../errors.js';
import { formatError, refuseOtherKinds } from '../formats/fileKind.js';
import { openRegularFile } from '../formats/regularFile.js';
import { required, text } from '../validate.js';
import { loadCifar } from './cifar.js';
import { type DataFolder, readDataFolder, readDataFolders } from './dataFolder.js';
import { checkDataOptions } from './dataOptions.js';
import { idxPrefixes, loadIdx, loadIdxFolder } from './idxFolder.js';
import { isPicture } from './imageFolder/listing.js';
import { imageFolder } from './imageFolder.js';
import type { DataOptions, LabelledData } from './labelledData.js';
import { loadNpyFolder, loadNpz } from './numpy.js';
import { type PictureSets, toLabelledData } from './pictures.js';

/** What data may be, for messages. */
const kinds =
  'a folder of pictures with a folder for each class, or of the files of MNIST, EMNIST, CIFAR-10 or CIFAR-100, ' +
  'or NumPy arrays in a .npz archive or a folder of .npy files';
const advice = 'The command heddle data lists what there is, and how to get it';

/** Opens labelled pictures, told by what is there:
 * - IDX files, as MNIST's (train-images-idx3-ubyte.gz, …) or EMNIST's, whose images are turned upright; of several splits of
 *   EMNIST in a folder, DIR/emnist-letters is one
 * - the binary version of CIFAR-10 or CIFAR-100, the latter with its fine labels, also in the folder that its archive makes
 * - a .npz archive or a folder of .npy files: arrays x_train and y_train, x_test and y_test; or train_images and train_labels,
 *   test_images and test_labels; or images and labels. Images are [N, H, W], [N, H, W, C] or [N, C, H, W], of bytes, or of
 *   other numbers that are bytes, or bytes divided by 255
 * - any other folder is one of pictures: see imageFolder.
 *
 * Classes are named by a file classes.txt or labels.txt beside the others, a name a line, or by those that CIFAR and EMNIST come
 * with; Fashion-MNIST is known by its labels; others are numbers. Where there is no test set, a share of each class is held
 * out. Bytes stay as they are, unless a transform, another size or other channels are asked for.
 * @throws HeddleError FILE when there is no such data or it cannot be read, FORMAT when it is damaged or nothing that is known,
 *   ARGUMENT for a wrong option or classes that a model does not have, MEMORY; or the signal's reason */
export async function openData(path: string, given?: DataOptions, ...others: never[]): Promise<LabelledData> {
  const form = 'openData(path, { imageSize: 64 })';
  required(form, { path });
  text('path', path);
  const options = checkDataOptions(form, given, others);
  const sets = await loadSets(path);
  options.signal?.throwIfAborted();
  return sets ? toLabelledData(path, sets, options) : imageFolder(path, options);
}

/** Undefined for a folder of folders or of pictures, without files of a known kind. */
async function loadSets(path: string): Promise<PictureSets | undefined> {
  let stats: Stats;
  try {
    stats = await stat(path);
  } catch (cause) {
    return loadPrefix(path, cause);
  }
  if (!stats.isDirectory()) return loadFile(path, stats);
  const folders = await readDataFolders(path);
  for (const folder of folders) {
    const sets = (await loadIdxFolder(folder)) ?? (await loadCifar(folder)) ?? (await loadNpyFolder(folder));
    if (sets) return sets;
  }
  const [top] = folders;
  if (top.folders.size > 0 || [...top.files].some(isPicture)) return undefined;
  throw formatError(path, `expected ${kinds}; found none of these`, advice);
}

/** IDX files by what their names begin with, where there is no file or folder of that name. */
async function loadPrefix(path: string, cause: unknown): Promise<PictureSets> {
  const folder: DataFolder | undefined = await readDataFolder(dirname(path)).catch(() => undefined);
  const prefix = `${basename(path)}-`;
  if (folder && idxPrefixes(folder).includes(prefix)) return loadIdx(folder, prefix);
  const message = `cannot read ${path} (${reason(cause)}); expected ${kinds}. ${advice}.`;
  throw new HeddleError('FILE', message, { cause });
}

const START_BYTES = 512;

async function loadFile(path: string, stats: Stats): Promise<PictureSets> {
  if (/\.npz$/i.test(path) && stats.isFile()) return loadNpz(path);
  const { handle } = await openRegularFile(path);
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(START_BYTES), 0, START_BYTES, 0);
    refuseOtherKinds(buffer.subarray(0, bytesRead), 'a folder, or a .npz archive by its name', path);
  } finally {
    await handle.close();
  }
  throw formatError(path, `expected ${kinds}; found a file of another kind`, advice);
}
