import { HeddleError } from '../errors.js';
import { hashKey, permutation } from '../tensor/random.js';
import { kindOf } from '../validate.js';

/** Which samples an epoch goes through, and in which order: see WeightedRandomSampler. A run goes on from a checkpoint with a
 * sampler of the same JSON alone, that is, one with the same fields. */
export interface Sampler {
  /** Places in a data set of `count` samples, of which some may be left out and others come again. They depend on these
   * arguments and on the sampler's fields alone, so that a run can go on in the middle of an epoch.
   *
   * @param epoch counted from 0 */
  order(count: number, seed: number, epoch: number): ArrayLike<number>;
}

export interface EpochOptions {
  /** Absent, all samples are shuffled. */
  readonly sampler: Sampler | undefined;
  readonly seed: number;
  /** Counted from 0. */
  readonly epoch: number;
}

/** The places of the samples of an epoch, in its order. @throws HeddleError ARGUMENT when the sampler gives others */
export function epochOrder(count: number, { sampler, seed, epoch }: EpochOptions): Int32Array {
  if (sampler === undefined) return permutation(count, hashKey(seed, 'shuffle', epoch));
  const places = Array.from(sampler.order(count, seed, epoch) ?? []);
  if (places.length === 0) throw new HeddleError('ARGUMENT', 'the sampler gave no samples; expected at least one');
  const wrong = places.find((place) => !(Number.isInteger(place) && place >= 0 && place < count));
  if (wrong !== undefined)
    throw new HeddleError(
      'ARGUMENT',
      `the sampler gave the sample ${kindOf(wrong)}; the data set has samples 0 to ${count - 1}`,
    );
  return Int32Array.from(places);
}

/** The order of an epoch, with dropLast without its last batch if that is smaller than the others.
 *
 * @throws HeddleError SHAPE when none is left */
export function inBatches(
  order: Int32Array,
  { batchSize, dropLast }: { readonly batchSize: number; readonly dropLast: boolean },
): Int32Array {
  if (!dropLast) return order;
  if (order.length < batchSize)
    throw new HeddleError(
      'SHAPE',
      `dropLast leaves no batch: an epoch has ${order.length} samples and a batch ${batchSize}; take a smaller batchSize`,
    );
  return order.subarray(0, order.length - (order.length % batchSize));
}

/** @throws HeddleError ARGUMENT unless it is a sampler, or absent */
export function checkSampler(sampler: Sampler | undefined): void {
  if (sampler !== undefined && typeof sampler?.order !== 'function')
    throw new HeddleError(
      'ARGUMENT',
      `sampler must be a Sampler, such as WeightedRandomSampler.balanced(dataset), not ${kindOf(sampler)}`,
    );
}
