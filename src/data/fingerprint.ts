import { createHash } from 'node:crypto';
import type { Dataset } from './dataset.js';
import type { Sampler } from './sampler.js';

/** SHA-256 of a data set: its shapes, the types of its numbers, its inputs and its targets. */
export function fingerprint({ count, shape, targetShape, inputs, targets }: Dataset): string {
  const types = [inputs, targets].map((array) => array[Symbol.toStringTag]);
  const hash = createHash('sha256').update(JSON.stringify([count, shape, targetShape, types]));
  for (const { buffer, byteOffset, byteLength } of [inputs, targets])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex');
}

/** SHA-256 of a sampler: its fields, and, as these may be hidden, the order of an epoch. */
export function samplerFingerprint(sampler: Sampler, count: number): string {
  const order = Int32Array.from(sampler.order(count, 0, 0));
  return createHash('sha256').update(JSON.stringify(sampler)).update(order).digest('hex');
}
