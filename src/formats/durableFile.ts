import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HeddleError, reason } from '../errors.js';

/** Runs a write to a path. @throws HeddleError FILE naming it */
export async function writing(path: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    if (cause instanceof HeddleError) throw cause;
    throw new HeddleError('FILE', `cannot write ${path}: ${reason(cause)}`, { cause });
  }
}

/** Writes a file; an older one stays until this one is whole and on the disk.
 * @throws HeddleError FILE naming it */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  await writing(path, async () => {
    const before = await stat(path).catch(() => undefined);
    if (before && !before.isFile()) throw new Error('there is something else than a file');
    await throughTemporary(path, content, (temporary) => rename(temporary, path));
  });
}

/** Writes a file that is whole or absent at every instant, where the file system has links.
 * @throws Error EEXIST when there is one already */
export async function createFile(path: string, content: string): Promise<void> {
  // A rename would take the place of another process's file.
  await throughTemporary(path, content, (temporary) =>
    link(temporary, path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error;
      await createInPlace(path, content); // a file system without links, such as exFAT
    }),
  );
}

async function createInPlace(path: string, content: string): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await rm(path, { force: true }).catch(() => {}); // the error that matters is the first one
    throw error;
  } finally {
    await handle.close();
  }
}

/** Writes content to the disk under another name, and has `name` give it the path's. */
export async function throughTemporary(
  path: string,
  content: Uint8Array | string,
  name: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, content, { flush: true });
    await name(temporary);
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true }).catch(() => {}); // the error that matters is the first one
  }
}

/** Makes a folder's names lasting, where the system can: Windows has no such call, and some file systems know none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP'].includes(code)) throw error;
  }
}

/** Removes what processes that were killed in the midst of a write have left of these files; none may be at it now. */
export async function removeTemporaries(folder: string, files: readonly string[]): Promise<void> {
  await writing(folder, async () => {
    for (const name of await readdir(folder))
      if (/\.[\da-f-]{36}\.tmp$/.test(name) && files.some((file) => name.startsWith(`${file}.`)))
        await rm(join(folder, name), { force: true });
  });
}

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
