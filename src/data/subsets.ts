import { HeddleError } from '../errors.js';
import { checkSeed, hashKey, permutation } from '../tensor/random.js';
import { sizeOf } from '../tensor/shape.js';
import { kindOf, required, wholeNumber } from '../validate.js';
import { checkArrays, type Dataset, sharedArray } from './dataset.js';

/** The first `count` samples, as a view on the same memory.
 * @throws HeddleError ARGUMENT unless `count` is a whole number from 1 to `dataset.count` */
export function firstSamples(dataset: Dataset, count: number): Dataset {
  required('firstSamples(dataset, count)', { dataset, count });
  checkArrays(dataset);
  checkCount(count, dataset.count, 'the size of the data set');
  const { inputs, targets, shape, targetShape } = dataset;
  return {
    ...dataset,
    inputs: inputs.subarray(0, count * sizeOf(shape)),
    targets: targets.subarray(0, count * sizeOf(targetShape)),
    count,
  };
}

function checkCount(count: number, most: number, meaning: string): void {
  if (Number.isInteger(count) && count >= 1 && count <= most) return;
  const range = `from 1 to ${most}, ${meaning}`;
  throw new HeddleError('ARGUMENT', `expected a whole number of samples ${range}; found ${kindOf(count)}`);
}

/** Holds `count` samples, drawn at random, out of a data set: [the others, those], copied, each in its old order.
 * @param seed determines which, alone
 * @throws HeddleError ARGUMENT unless `count` is a whole number from 1 to below `dataset.count`, and `seed` one below
 *   2³² */
export function randomSplit(dataset: Dataset, count: number, seed = 0): [Dataset, Dataset] {
  required('randomSplit(dataset, count, seed)', { dataset, count });
  checkArrays(dataset);
  checkCount(count, dataset.count - 1, `of the data set's ${dataset.count}`);
  const heldOut = heldOutPlaces(dataset, count, seed);
  const isHeldOut = new Uint8Array(dataset.count);
  for (const place of heldOut) isHeldOut[place] = 1;
  const others = Int32Array.from(isHeldOut, (_, place) => place).filter((place) => !isHeldOut[place]);
  return [subsetOf(dataset, others), subsetOf(dataset, heldOut)];
}

/** The samples that `randomSplit` would hold out, without a copy of the others. */
export const randomSamples = (dataset: Dataset, count: number, seed = 0): Dataset =>
  subsetOf(dataset, heldOutPlaces(dataset, count, seed));

const heldOutPlaces = (dataset: Dataset, count: number, seed: number) =>
  permutation(dataset.count, hashKey(checkSeed(seed), 'split'))
    .slice(0, count)
    .sort();

/** Some samples, by their places, in the order in which they are given, copied: torch.utils.data.Subset.
 * @throws HeddleError ARGUMENT unless these are places in the data set, and one at least */
export function subset(dataset: Dataset, places: readonly number[] | Int32Array): Dataset {
  required('subset(dataset, places)', { dataset, places });
  checkArrays(dataset);
  if (typeof places !== 'object' || !(places?.length > 0))
    throw new HeddleError('ARGUMENT', `places must be a list of one or more, not ${kindOf(places)}`);
  for (const [i, place] of places.entries()) wholeNumber(`places[${i}]`, place, 0, dataset.count - 1);
  return subsetOf(dataset, Int32Array.from(places));
}

function subsetOf(dataset: Dataset, samples: Int32Array): Dataset {
  const { inputs, targets, shape, targetShape } = dataset;
  return {
    ...dataset,
    inputs: rowsOf(inputs, sizeOf(shape), samples),
    targets: rowsOf(targets, sizeOf(targetShape), samples),
    count: samples.length,
  };
}

/** The numbers of some samples, copied. */
function rowsOf<T extends Dataset['inputs'] | Dataset['targets']>(numbers: T, size: number, samples: Int32Array): T {
  const rows = sharedArray<T>(numbers.constructor as never, samples.length * size);
  for (const [place, sample] of samples.entries())
    rows.set(numbers.subarray(sample * size, (sample + 1) * size), place * size);
  return rows;
}
