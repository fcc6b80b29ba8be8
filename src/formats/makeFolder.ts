import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a folder and those above it, unless they are there. Node's own way to do so never ends in /proc. */
export async function makeFolder(path: string): Promise<void> {
  const make = () => mkdir(path).catch(unlessFolder);
  const unlessFolder = async (error: NodeJS.ErrnoException) => {
    if (!(await isFolder(path))) throw error;
  };
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  });
}

const isFolder = (path: string) =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
