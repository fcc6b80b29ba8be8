import { mapOf, type Named } from '../tensor/named.js';
import { required, text } from '../validate.js';
import { replaceFile } from './durableFile.js';
import { readRegularFile } from './regularFile.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

/** Writes tensors as safetensors, under their names and in their shapes, which for a state dict are PyTorch's; an older
 * file stays until it is whole. `safetensors.torch.load_file` reads it.
 * @param tensors by name, in a Map such as `model.stateDict()` and the tensors that `loadSafetensors` gives, or an
 *   object
 * @param metadata free-form texts by name, likewise, which load with the file
 * @throws HeddleError FILE when it cannot be written; SHAPE, ARGUMENT as encodeSafetensors */
export async function saveSafetensors(
  path: string,
  tensors: Parameters<typeof encodeSafetensors>[0],
  metadata: Named<string> = {},
): Promise<void> {
  required('saveSafetensors(path, tensors, metadata)', { path, tensors });
  text('path', path);
  const texts = new Map([['format', 'pt'], ...mapOf('metadata', metadata)]);
  await replaceFile(path, encodeSafetensors(tensors, texts));
}

/** The limit of model files and checkpoints is what one array can hold. */
export const MAX_FILE_BYTES = 2 ** 31 - 1;

/** Reads a safetensors file of less than 2 GiB, such as `safetensors.torch.save_file` writes: its tensors for
 * `loadStateDict`, and its metadata. For a moment it takes up to three times the file's size in memory.
 * @throws HeddleError FILE when it cannot be read, FORMAT when it is not safetensors or is larger */
export async function loadSafetensors(path: string): Promise<ReturnType<typeof decodeSafetensors>> {
  required('loadSafetensors(path)', { path });
  text('path', path);
  return decodeSafetensors(await readRegularFile(path, MAX_FILE_BYTES), path);
}
