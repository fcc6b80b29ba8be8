import { createHash } from 'node:crypto';
import type { Dataset } from './dataset.js';

/** SHA-256 of a data set: its shapes, the types of its numbers, its inputs and its targets. */
export function fingerprint({ count, shape, targetShape, inputs, targets }: Dataset): string {
  const types = [inputs, targets].map((array) => array[Symbol.toStringTag]);
  const hash = createHash('sha256').update(JSON.stringify([count, shape, targetShape, types]));
  for (const { buffer, byteOffset, byteLength } of [inputs, targets])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex');
}
