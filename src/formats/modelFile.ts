import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { plainObject, required, text } from '../arguments.js';
import { HeddleError, quote } from '../errors.js';
import type { StoredSource } from '../tensor/view.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

/**
 * Writes tensors as safetensors, under their names and in their shapes, which for a state dict are PyTorch's; an older
 * file stays until it is whole. `safetensors.torch.load_file` reads it.
 *
 * @param metadata free-form texts, which load with the file
 * @throws HeddleError FILE when it cannot be written; SHAPE, ARGUMENT as encodeSafetensors
 */
export async function saveSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredSource>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  required('saveSafetensors(path, tensors, metadata)', { path, tensors });
  text('path', path);
  plainObject('metadata', metadata);
  await replaceFile(path, encodeSafetensors(tensors, { format: 'pt', ...metadata }));
}

/** Writes a file; an older one stays until it is whole. @throws HeddleError FILE naming it */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writing(path, async () => {
    const before = await stat(path).catch(() => undefined);
    if (before && !before.isFile()) throw new Error('there is something else than a file');
    try {
      await writeFile(temporary, bytes);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {}); // the error that matters is the first one
      throw error;
    }
  });
}

/** Runs a write to a path. @throws HeddleError FILE naming it */
export async function writing(path: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw new HeddleError('FILE', `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

const MAX_FILE_BYTES = 2 ** 31 - 1;

/**
 * Reads a safetensors file of less than 2 GiB, such as `safetensors.torch.save_file` writes: its tensors for
 * `loadStateDict`, and its metadata. For a moment it takes up to three times the file's size in memory.
 *
 * @throws HeddleError FILE when it cannot be read, FORMAT when it is not safetensors or is larger
 */
export async function loadSafetensors(path: string): Promise<ReturnType<typeof decodeSafetensors>> {
  required('loadSafetensors(path)', { path });
  text('path', path);
  let bytes: Uint8Array;
  try {
    await checkFile(path);
    bytes = await readFile(path);
  } catch (cause) {
    if (cause instanceof HeddleError) throw cause;
    const { message } = cause as Error;
    throw new HeddleError('FILE', `cannot read ${path}: ${message}. Check the path and its rights.`, { cause });
  }
  return decodeSafetensors(bytes, path);
}

async function checkFile(path: string): Promise<void> {
  const stats = await stat(path);
  if (!stats.isFile()) throw new HeddleError('FILE', `cannot read ${path}: expected a regular file. Check the path.`);
  if (stats.size > MAX_FILE_BYTES)
    throw new HeddleError(
      'FORMAT',
      `${path}: expected a file of at most ${MAX_FILE_BYTES} bytes; found ${stats.size}. Check that it is the right one.`,
    );
}

/** NaN for all else that Number takes: nothing, spaces, hexadecimal digits. */
export const decimalNumber = (text: string) => (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN);

/** The pixel scaling that a model file says it was trained with; undefined for a file from elsewhere, which says none. */
export function inputNormalization(metadata: ReadonlyMap<string, string>): { mean: number; std: number } | undefined {
  const [mean, std] = ['mean', 'std'].map((key) => metadata.get(key));
  if (mean === undefined && std === undefined) return undefined;
  const found = { mean: decimalNumber(mean ?? ''), std: decimalNumber(std ?? '') };
  if (!Number.isFinite(found.mean) || !(found.std > 0 && Number.isFinite(found.std)))
    throw new HeddleError(
      'FORMAT',
      `the model file's metadata: expected a mean and an std above 0, as decimal numbers; found ${quote(mean ?? 'none')} ` +
        `and ${quote(std ?? 'none')}. Save the model again, or give --mean and --std.`,
    );
  return found;
}
