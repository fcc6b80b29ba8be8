import { HeddleError } from '../errors.js';
import { checkSeed, hashKey, permutation } from '../tensor/random.js';
import { kindOf, required } from '../validate.js';

/** Which samples are held out for a test, drawn at random by class, so that each class has its share of them: the places of
 * those to train on and of those to test with, ascending. A class of two samples or more has one at least of either; a
 * single one is trained on.
 * @param labels the class number of each sample
 * @param share the part of each class to hold out, above 0 and below 1
 * @param seed determines which, with the labels
 * @throws HeddleError ARGUMENT for another share or seed */
export function holdOut(
  labels: ArrayLike<number>,
  share: number,
  seed: number,
): { train: Int32Array<ArrayBuffer>; test: Int32Array<ArrayBuffer> } {
  required('holdOut(labels, share, seed)', { labels, share, seed });
  if (!(share > 0 && share < 1))
    throw new HeddleError('ARGUMENT', `the share to hold out must be above 0 and below 1, not ${kindOf(share)}`);
  checkSeed(seed);
  const isHeldOut = new Uint8Array(labels.length);
  for (const [label, places] of placesByLabel(labels)) {
    const order = permutation(places.length, hashKey(seed, 'split', label));
    const count = Math.min(Math.max(Math.round(places.length * share), 1), places.length - 1);
    for (const i of order.subarray(0, count)) isHeldOut[places[i]] = 1;
  }
  const all = Int32Array.from(isHeldOut, (_, place) => place);
  return { train: all.filter((place) => !isHeldOut[place]), test: all.filter((place) => isHeldOut[place]) };
}

function placesByLabel(labels: ArrayLike<number>): Map<number, number[]> {
  const places = new Map<number, number[]>();
  for (let place = 0; place < labels.length; place++) {
    const others = places.get(labels[place]);
    if (others) others.push(place);
    else places.set(labels[place], [place]);
  }
  return places;
}
