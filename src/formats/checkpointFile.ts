import { rename, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { HeddleError } from '../errors.js';
import { required, text } from '../validate.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { removeTemporaries, throughTemporary, writing } from './durableFile.js';
import { MAX_FILE_BYTES } from './modelFile.js';
import { readRegularFile, unlessMissing } from './regularFile.js';

/** Where a folder's newest checkpoint lies, and the one before it. */
const newest = (folder: string) => join(folder, 'checkpoint.safetensors');
const previous = (folder: string) => join(folder, 'checkpoint.previous.safetensors');

/** The newest checkpoints that this process has written, as stat shows them: they need not be read to be known as whole. */
const written = new Map<string, string>();

/** Writes a folder's newest checkpoint. At every instant the folder holds a whole one: this, or the one before, which
 * is kept. The bytes are on the disk before the name is given, and a damaged file never takes the place of a whole one.
 * @throws HeddleError FILE; the checkpoint before is still there */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  required('saveCheckpoint(folder, trainer.checkpoint())', { folder, checkpoint });
  const path = newest(text('folder', folder));
  const bytes = encodeCheckpoint(checkpoint);
  await writing(path, async () => {
    await removeTemporaries(folder, [basename(path)]);
    await throughTemporary(path, bytes, async (temporary) => {
      if (await isReadable(path)) await rename(path, previous(folder));
      await rename(temporary, path);
      written.set(resolve(path), await signature(path));
    });
  });
}

async function isReadable(path: string): Promise<boolean> {
  try {
    if (written.get(resolve(path)) === (await signature(path))) return true;
    decodeCheckpoint(await readRegularFile(path, MAX_FILE_BYTES), path);
    return true;
  } catch {
    return false;
  }
}

async function signature(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true });
  return [ino, size, mtimeNs].join();
}

/** A folder's newest whole checkpoint; undefined when it has none yet. `damaged` says why the newest one was passed
 * over.
 * @throws HeddleError FILE or FORMAT when there are checkpoints and none of them is whole */
export async function loadCheckpoint(
  folder: string,
): Promise<{ checkpoint: Checkpoint; damaged?: HeddleError } | undefined> {
  required('loadCheckpoint(folder)', { folder });
  text('folder', folder);
  const faults: HeddleError[] = [];
  for (const path of [newest(folder), previous(folder)])
    try {
      const bytes = await readRegularFile(path, MAX_FILE_BYTES).catch(unlessMissing);
      if (!bytes) continue;
      const checkpoint = decodeCheckpoint(bytes, path);
      return { checkpoint, ...(faults.length > 0 ? { damaged: faults[0] } : {}) };
    } catch (cause) {
      faults.push(cause as HeddleError);
    }
  if (faults.length === 0) return undefined;
  const messages = faults.map(({ message }) => message.replace(/\.$/, '')).join('; ');
  const others = faults.length === 1 ? ', and there is no other checkpoint' : '';
  const advice = 'Put a copy of one back, or begin the run again in another folder';
  throw new HeddleError(faults[0].code, `${messages}${others}. ${advice}`, { cause: faults[0] });
}
