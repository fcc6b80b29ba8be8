import ndarray, { type NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import { checkSeed, hashKey, MOST_IN_KEY, permutation } from '../tensor/random.js';
import { kindOf, options, required, wholeNumber } from '../validate.js';
import { checkArrays, type ImageDataset } from './imageDataset.js';

/** Pixels are scaled to (value / 255 − mean) / std. */
export interface Normalization {
  readonly mean: number;
  readonly std: number;
}

/** @throws HeddleError ARGUMENT unless pixels can be scaled so */
export function checkNormalization(normalization: Normalization): void {
  const form = 'normalization: { mean, std }';
  const { mean, std } = options(form, normalization, { mean: undefined, std: undefined });
  required(form, { mean, std });
  const wanted = 'normalization wants a mean and an std above 0';
  if (!Number.isFinite(mean) || !Number.isFinite(std) || std <= 0)
    throw new HeddleError('ARGUMENT', `${wanted}, not ${kindOf(mean)} and ${kindOf(std)}`);
}

/** What each value of a byte becomes. */
export const scaledBytes = ({ mean, std }: Normalization) =>
  Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / std);

/** The order in which an epoch, counted from 0, goes through `count` samples. */
export const shuffled = (count: number, seed: number, epoch: number) =>
  permutation(count, hashKey(seed, 'shuffle', epoch));

export interface BatchOptions {
  /** The last batch may be smaller. */
  readonly batchSize: number;
  /** How pixels are scaled, default mean 0 and deviation 1: to 0 … 1. */
  readonly normalization?: Normalization;
  /** Shuffles the samples, as a Trainer of this seed does in this epoch, counted from 0; else they come in order. */
  readonly shuffle?: { readonly seed: number; readonly epoch: number };
}

export interface Batch {
  /** [samples, channels, height, width] */
  readonly images: NdArray<Float32Array>;
  readonly labels: Uint8Array;
}

/** The data set in batches, as a loop of your own wants it. */
export function batches(dataset: ImageDataset, given: BatchOptions): Generator<Batch, void> {
  const form = 'batches(dataset, { batchSize: 100 })';
  required(form, { dataset });
  const { batchSize, normalization, shuffle } = options(form, given, {
    batchSize: undefined,
    normalization: { mean: 0, std: 1 },
    shuffle: undefined,
  });
  required(form, { batchSize });
  checkArrays(dataset);
  wholeNumber('batchSize', batchSize, 1);
  checkNormalization(normalization);
  return inOrder(dataset, orderOf(dataset.count, shuffle), batchSize, scaledBytes(normalization));
}

function orderOf(count: number, given: BatchOptions['shuffle']): Int32Array {
  if (given === undefined) return Int32Array.from({ length: count }, (_, sample) => sample);
  const form = 'shuffle: { seed: 0, epoch: 0 }';
  const { seed, epoch } = options(form, given, { seed: undefined, epoch: undefined });
  required(form, { seed, epoch });
  return shuffled(count, checkSeed(seed), wholeNumber('epoch', epoch, 0, MOST_IN_KEY));
}

function* inOrder(dataset: ImageDataset, order: Int32Array, batchSize: number, scaled: Float32Array) {
  const { count, channels, height, width } = dataset;
  const size = channels * height * width;
  for (let first = 0; first < count; first += batchSize) {
    const samples = order.subarray(first, first + batchSize);
    const images = new Float32Array(samples.length * size);
    for (const [n, sample] of samples.entries())
      for (let i = 0; i < size; i++) images[n * size + i] = scaled[dataset.images[sample * size + i]];
    yield {
      images: ndarray(images, [samples.length, channels, height, width]),
      labels: Uint8Array.from(samples, (sample) => dataset.labels[sample]),
    };
  }
}
