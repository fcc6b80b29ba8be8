import { readFile, rename, writeFile } from 'node:fs/promises';
import { HeddleError } from '../errors.js';
import { rowMajor, type TensorView } from '../tensor/view.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

/** Writes tensors as safetensors with PyTorch's names and layouts; an older file stays until it is whole. */
export async function saveModel(
  path: string,
  state: ReadonlyMap<string, TensorView>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const tensors = new Map([...state].map(([name, tensor]) => [name, { shape: tensor.shape, data: rowMajor(tensor) }]));
  const temporary = `${path}.tmp`;
  await writing(path, async () => {
    await writeFile(temporary, encodeSafetensors(tensors, { format: 'pt', ...metadata }));
    await rename(temporary, path);
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

/** Reads a safetensors file. @throws HeddleError FILE when it cannot be read, FORMAT when it is not safetensors */
export async function readModelFile(path: string): Promise<ReturnType<typeof decodeSafetensors>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new HeddleError('FILE', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  return decodeSafetensors(bytes, path);
}

/** The pixel scaling that a model file says it was trained with; without one, that of Fashion-MNIST's training set. */
export function inputNormalization(metadata: ReadonlyMap<string, string>): { mean: number; std: number } {
  const [mean, std] = ['mean', 'std'].map((key) => metadata.get(key));
  if (mean === undefined && std === undefined) return { mean: 0.286, std: 0.353 };
  const found = { mean: Number(mean), std: Number(std) };
  if (!Number.isFinite(found.mean) || !(found.std > 0 && Number.isFinite(found.std)))
    throw new HeddleError(
      'FORMAT',
      `the model file's metadata has mean "${mean}" and std "${std}"; expected a number and one above 0`,
    );
  return found;
}
