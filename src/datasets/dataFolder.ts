import { opendir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HeddleError, reason } from '../errors.js';

/** The names in a folder that may hold a data set's files. */
export interface DataFolder {
  readonly path: string;
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}

/** No data set that is known by its files' names has as many; folders of pictures, which may, are listed elsewhere. */
const MOST_NAMES = 10_000;

/** @throws HeddleError FILE when it cannot be read */
export async function readDataFolder(path: string): Promise<DataFolder> {
  const [files, folders] = [new Set<string>(), new Set<string>()];
  try {
    for await (const entry of await opendir(path)) {
      // A link may lead to either.
      if (!entry.isDirectory()) files.add(entry.name);
      if (!entry.isFile()) folders.add(entry.name);
      if (files.size + folders.size >= MOST_NAMES) break;
    }
  } catch (cause) {
    throw new HeddleError('FILE', `cannot read the folder ${path}: ${reason(cause)}. Check the path and its rights.`, {
      cause,
    });
  }
  return { path, files, folders };
}

/** Where archives put a data set's files, as tar, unzip and torchvision unpack them. */
const known = ['raw', 'gzip', 'cifar-10-batches-bin', 'cifar-100-binary', 'cifar-10-batches-py', 'cifar-100-python'];

/** A folder, and those in it that archives make. @throws HeddleError FILE when it cannot be read */
export async function readDataFolders(path: string): Promise<DataFolder[]> {
  const top = await readDataFolder(path);
  const inner = known.filter((name) => top.folders.has(name)).map((name) => readDataFolder(join(path, name)));
  return [top, ...(await Promise.all(inner))];
}

/** Files of data, and those that name its classes. */
const ofData = /ubyte(\.gz)?$|\.(bin|npy|npz)$|^(classes|labels|batches\.meta|fine_label_names|.*-mapping)\.txt$/i;

/** The files that data is read from, but for pictures in the folders of their classes. */
export async function dataFiles(path: string): Promise<string[]> {
  const filesOf = (folder: DataFolder) =>
    [...folder.files].filter((name) => ofData.test(name)).map((name) => join(folder.path, name));
  const folders = await readDataFolders(path).catch(() => undefined);
  if (folders) return folders.flatMap(filesOf);
  // A file, or what the names of some begin with.
  const beside = await readDataFolder(dirname(path)).catch(() => undefined);
  return beside ? filesOf(beside).filter((file) => basename(file).startsWith(basename(path))) : [];
}
