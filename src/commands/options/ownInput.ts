import { stat } from 'node:fs/promises';
import { dataFiles as filesOfData } from '../../datasets/dataFolder.js';
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

/** The data files that a command reads. */
export const dataFiles = async (path: string): Promise<Files> => ['--data', [path, ...(await filesOfData(path))]];

/** What tells a file from all others; undefined for one that is not there or cannot be seen. */
const identity = (path: string) =>
  stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    () => undefined,
  );
