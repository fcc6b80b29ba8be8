import ndarray, { type NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import { checkSeed, MOST_IN_KEY } from '../tensor/random.js';
import { sizeOf } from '../tensor/shape.js';
import { flag, options, required, wholeNumber } from '../validate.js';
import { checkArrays, type Dataset, targetKind } from './dataset.js';
import { type ChannelScale, channelScales, checkNormalization, type Normalization } from './normalization.js';
import { checkSampler, epochOrder, inBatches, type Sampler } from './sampler.js';

export interface BatchOptions {
  /** The last batch may be smaller. */
  readonly batchSize: number;
  /** Whether it is then left out. Default false. */
  readonly dropLast?: boolean;
  /** How the inputs are scaled, default mean 0 and deviation 1: bytes to 0 … 1. */
  readonly normalization?: Normalization;
  /** Shuffles the samples, as a Trainer of this seed does in this epoch, counted from 0; else they come in order. */
  readonly shuffle?: { readonly seed: number; readonly epoch: number };
  /** Draws the samples, by the seed and the epoch of `shuffle`, as a Trainer's fit with it does. */
  readonly sampler?: Sampler;
}

export interface Batch {
  /** [samples, channels, height, width] or [samples, features] */
  readonly inputs: NdArray<Float32Array>;
  /** Class numbers as integers, or floats: [samples, …], [samples] where a target is a single number. */
  readonly targets: NdArray<Int32Array> | NdArray<Float32Array>;
}

/** The data set in batches, as a loop of your own wants it. */
export function batches(dataset: Dataset, given: BatchOptions): Generator<Batch, void> {
  const form = 'batches(dataset, { batchSize: 100 })';
  required(form, { dataset });
  const settings = options(form, given, {
    batchSize: undefined,
    dropLast: false,
    normalization: { mean: 0, std: 1 },
    shuffle: undefined,
    sampler: undefined,
  });
  const { batchSize, dropLast, normalization, shuffle, sampler } = settings;
  required(form, { batchSize });
  checkArrays(dataset);
  wholeNumber('batchSize', batchSize, 1);
  checkNormalization(normalization, dataset.shape);
  flag('dropLast', dropLast);
  const order = inBatches(orderOf(dataset.count, shuffle, sampler), { batchSize, dropLast });
  return inOrder(dataset, order, batchSize, channelScales(normalization, dataset.shape[0]));
}

function orderOf(count: number, given: BatchOptions['shuffle'], sampler: Sampler | undefined): Int32Array {
  checkSampler(sampler);
  if (sampler && given === undefined)
    throw new HeddleError('ARGUMENT', 'sampler wants a seed and an epoch to draw by: shuffle: { seed: 0, epoch: 0 }');
  if (given === undefined) return Int32Array.from({ length: count }, (_, sample) => sample);
  const form = 'shuffle: { seed: 0, epoch: 0 }';
  const { seed, epoch } = options(form, given, { seed: undefined, epoch: undefined });
  required(form, { seed, epoch });
  wholeNumber('epoch', epoch, 0, MOST_IN_KEY);
  return epochOrder(count, { sampler, seed: checkSeed(seed), epoch });
}

function* inOrder(dataset: Dataset, order: Int32Array, batchSize: number, scales: readonly ChannelScale[]) {
  const { shape, targets, targetShape } = dataset;
  const [size, targetSize] = [sizeOf(shape), sizeOf(targetShape)];
  for (let first = 0; first < order.length; first += batchSize) {
    const samples = order.subarray(first, first + batchSize);
    const inputs = new Float32Array(samples.length * size);
    const Kind = targetKind(dataset) === 'floats' ? Float32Array : Int32Array;
    const answers = new Kind(samples.length * targetSize);
    for (const [n, sample] of samples.entries()) {
      scaleSample(dataset, sample, scales, inputs.subarray(n * size, (n + 1) * size));
      answers.set(targets.subarray(sample * targetSize, (sample + 1) * targetSize), n * targetSize);
    }
    yield {
      inputs: ndarray(inputs, [samples.length, ...shape]),
      targets: ndarray(answers, [samples.length, ...targetShape]) as Batch['targets'],
    };
  }
}

/** Writes a sample's inputs, scaled, in their order. */
function scaleSample(
  { inputs, shape }: Dataset,
  sample: number,
  scales: readonly ChannelScale[],
  to: Float32Array,
): void {
  const start = sample * to.length;
  const size = to.length / shape[0];
  const areBytes = inputs.BYTES_PER_ELEMENT === 1;
  for (const [channel, { mean, std, bytes }] of scales.entries())
    for (let i = channel * size; i < (channel + 1) * size; i++)
      to[i] = areBytes ? bytes[inputs[start + i]] : (inputs[start + i] - mean) / std;
}
