import { readFile, rename, writeFile } from 'node:fs/promises';
import { HeddleError } from '../errors.js';
import type { Model } from '../model/model.js';
import { rowMajor } from '../tensor/view.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

/** Writes a model's state dict as safetensors with PyTorch's names and layouts; an older file stays until it is whole. */
export async function saveModel(path: string, model: Model, metadata: Readonly<Record<string, string>>): Promise<void> {
  const tensors = new Map(
    [...model.stateDict()].map(([name, tensor]) => [name, { shape: tensor.shape, data: rowMajor(tensor) }]),
  );
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, encodeSafetensors(tensors, { format: 'pt', ...metadata }));
    await rename(temporary, path);
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
  if (!Number.isFinite(found.mean) || !(found.std > 0))
    throw new HeddleError(
      'FORMAT',
      `the model file's metadata has mean "${mean}" and std "${std}"; expected a number and one above 0`,
    );
  return found;
}
