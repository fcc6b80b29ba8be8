import { Sha256 } from '../formats/sha256.js';
import type { Dataset } from './dataset.js';
import type { Sampler } from './sampler.js';

/** SHA-256 of a data set: its shapes, the types of its numbers, its inputs and its targets. */
export function fingerprint({ count, shape, targetShape, inputs, targets }: Dataset): string {
  const types = [inputs, targets].map((array) => array[Symbol.toStringTag]);
  const sizes = JSON.stringify([count, shape, targetShape, types]);
  return new Sha256().update(sizes).update(inputs).update(targets).digest();
}

/** SHA-256 of a sampler: its fields, and, as these may be hidden, the order of an epoch. */
export function samplerFingerprint(sampler: Sampler, count: number): string {
  const order = Int32Array.from(sampler.order(count, 0, 0));
  return new Sha256().update(JSON.stringify(sampler)).update(order).digest();
}
