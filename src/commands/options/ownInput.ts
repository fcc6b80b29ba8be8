import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { dataFiles as filesOfData } from '../../datasets/dataFolder.js';
import { isPicture } from '../../datasets/imageFolder/listing.js';
import { refused } from './setting.js';

/** An option, and the files that it names. */
type Files = readonly [option: string, paths: readonly string[]];

/** Compares files themselves, not their names, of which links give several.
 * @throws HeddleError ARGUMENT when a command would write over a file that it reads */
export async function checkOutput([option, paths]: Files, inputs: readonly Files[]): Promise<void> {
  const read = new Map<string, string>();
  for (const [input, files] of inputs)
    for (const file of files) read.set((await identity(file)) ?? file, `${file} of ${input}`);
  for (const path of paths) {
    const input = read.get((await identity(path)) ?? '');
    if (input) throw refused(`${option}: ${path} is the file ${input}, which it would write over; give another name`);
  }
}

/** Whether a file or folder, which need not be there yet, lies in a folder or below it. */
export async function isWithin(path: string, folder: string): Promise<boolean> {
  const above = dirname(resolve(path));
  if (above === resolve(path)) return false;
  return ((await identity(above)) ?? '') === (await identity(folder)) || isWithin(above, folder);
}

/** @throws HeddleError ARGUMENT when a file that a command would write has the name of a picture among those of its data */
export async function checkNoPicture(option: string, path: string, data: string): Promise<void> {
  const real = await realpath(path).catch(() => path);
  for (const place of [path, real])
    if (isPicture(place) && (await isWithin(place, data)))
      throw refused(`${option}: ${path} would write over a picture of --data, or be one; give another name`);
}

/** The data files that a command reads, but for pictures in the folders of their classes. */
export const dataFiles = async (path: string): Promise<Files> => ['--data', [path, ...(await filesOfData(path))]];

/** What tells a file from all others; undefined for one that is not there or cannot be seen. */
const identity = (path: string) =>
  stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => undefined,
  );
