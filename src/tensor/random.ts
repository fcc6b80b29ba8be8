import { wholeNumber } from '../validate.js';

/** A key of the counter-based random numbers: two words of 32 bits. */
export type HashKey = readonly [number, number];

/** Counter-based random numbers: a number depends on what it is for (seed, purpose, step, sample, element) and not on
 * what was drawn before, so it is the same whichever worker draws it, and a resumed run needs no generator state.
 *
 * The mixing function is Chris Wellons' lowbias32 (hash-prospector) with the key's second word added
 * half-way, so that two keys never give shifted copies of one sequence. */
export function hash(key: HashKey, element: number): number {
  let x = (element + key[0]) | 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= key[1];
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}

/** What a random number is for; part of its key. */
export const purposes = {
  initialize: 1,
  shuffle: 2,
  dropout: 3,
  gradcheck: 4,
  search: 5,
  augmentation: 6,
  split: 7,
  sample: 8,
  verticalFlip: 9,
  resizedCrop: 10,
  colorJitter: 11,
  trivialAugment: 12,
  mixup: 13,
  alternatingFlip: 14,
  cutout: 15,
} as const;

/** The largest of the whole numbers that go into a key, which takes 32 bits of each. */
export const MOST_IN_KEY = 2 ** 32 - 1;

/** @throws HeddleError ARGUMENT for what is no seed; a larger one would name the same run as its last 32 bits */
export const checkSeed = (seed: number): number => wholeNumber('seed', seed, 0, MOST_IN_KEY);

/** The key for a purpose and what identifies the draw: whole numbers from 0 to MOST_IN_KEY, in a fixed order. */
export function hashKey(seed: number, purpose: keyof typeof purposes, ...path: number[]): HashKey {
  let key: HashKey = [seed | 0, purposes[purpose]];
  // ~part, or two equal words would stay equal.
  for (const part of path) key = [hash(key, part), hash([key[1], key[0]], ~part)];
  return [hash(key, 0), hash(key, 1)];
}

/** A uniform number in [0, 1), a multiple of 2⁻³². */
export const uniform = (key: HashKey, element: number) => hash(key, element) / 2 ** 32;

/** The random numbers of a key, one after another. */
export interface Draws {
  /** Uniform in [0, 1). */
  next(): number;
  /** One of the whole numbers from 0 to count − 1. */
  below(count: number): number;
}

export function drawsOf(key: HashKey): Draws {
  let drawn = 0;
  const next = () => uniform(key, drawn++);
  return { next, below: (count) => Math.floor(next() * count) };
}

/** The numbers 0 … count−1 in an order that `key` determines (Fisher and Yates). */
export function permutation(count: number, key: HashKey): Int32Array<ArrayBuffer> {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform(key, i) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
