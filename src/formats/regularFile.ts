import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { HeddleError, reason } from '../errors.js';
import { allocate } from '../tensor/allocate.js';
import { formatError } from './fileKind.js';

/** Opens a file to read it. Pipes, devices and the like, which may have no end or let a reader wait for ever, are
 * refused.
 * @throws HeddleError FILE, with the system's error as its cause if there is one */
export async function openRegularFile(path: string): Promise<{ handle: FileHandle; size: number }> {
  let handle: FileHandle | undefined;
  try {
    if (path === '') throw new HeddleError('FILE', 'expected the name of a file to read; found an empty one');
    // Without O_NONBLOCK the opening of a pipe waits for one who writes to it. Windows has no such flag and no such pipes.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile())
      throw new HeddleError(
        'FILE',
        `cannot read ${path}: expected a regular file; found ${kindOf(stats)}. Check the path.`,
      );
    return { handle, size: stats.size };
  } catch (cause) {
    await handle?.close();
    if (cause instanceof HeddleError) throw cause;
    throw new HeddleError('FILE', `cannot read ${path}: ${reason(cause)}. Check the path and its rights.`, { cause });
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder (EISDIR)';
  return stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
}

/** Some systems refuse to read more at once. */
const READ_BYTES = 2 ** 30;

/** Reads a regular file of at most `limit` bytes.
 * @throws HeddleError FILE when it cannot be read, FORMAT when it is larger, MEMORY when the engine refuses the bytes
 */
export async function readRegularFile(path: string, limit: number): Promise<Uint8Array> {
  const tooLarge = (found: number | string) =>
    formatError(path, `expected a file of at most ${limit} bytes; found ${found}`, 'Check that it is the right one');
  const { handle, size } = await openRegularFile(path);
  try {
    if (size > limit) throw tooLarge(size);
    let bytes = allocate(path, () => new Uint8Array(size + 1));
    for (let length = 0; ; ) {
      const { bytesRead } = await handle.read(bytes, length, Math.min(bytes.length - length, READ_BYTES));
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
      if (length > limit) throw tooLarge('more');
      // Files of /proc say that they are empty, and others may grow meanwhile.
      if (length < bytes.length) continue;
      const larger = allocate(path, () => new Uint8Array(Math.min(limit + 1, 2 * length + 4096)));
      larger.set(bytes);
      bytes = larger;
    }
  } catch (cause) {
    if (cause instanceof HeddleError) throw cause;
    throw new HeddleError('FILE', `cannot read ${path}: ${reason(cause)}. Check the path and its rights.`, { cause });
  } finally {
    await handle.close();
  }
}

const MAX_TEXT_BYTES = 2 ** 20;

/** The limit of a text with a line for each epoch or trial, of which there may be hundreds of thousands. */
export const MAX_LINES_BYTES = 2 ** 28;

/** Reads a small text in UTF-8, with or without a byte order mark. @throws HeddleError FILE, FORMAT as readRegularFile */
export async function readText(path: string, limit = MAX_TEXT_BYTES): Promise<string> {
  const bytes = await readRegularFile(path, limit);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw formatError(path, 'expected text in UTF-8; found other bytes', 'Save it as UTF-8', { cause });
  }
}

/** For `catch`, gives undefined in place of a file that is not there. @throws any other error */
export function unlessMissing(error: NodeJS.ErrnoException): undefined {
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException;
  if (code !== 'ENOENT') throw error;
}
