import { createHash } from 'node:crypto';
import { decodeSafetensors } from '../../src/formats/safetensors.js';

/** The weightsHash of a safetensors file as issue 2 defines it: each tensor, in this order, as float32 little-endian. */
export function hashByHand(file: Uint8Array, names: readonly string[]): string {
  const { tensors } = decodeSafetensors(file);
  const hash = createHash('sha256');
  if (tensors.size !== names.length) throw new Error(`${tensors.size} tensors, expected ${names.length}`);
  for (const name of names) {
    const data = tensors.get(name)?.data;
    if (!data) throw new Error(`the file has no ${name}`);
    const bytes = Buffer.alloc(4 * data.length);
    for (const [i, value] of data.entries()) bytes.writeFloatLE(Number(value), 4 * i);
    hash.update(bytes);
  }
  return hash.digest('hex');
}
