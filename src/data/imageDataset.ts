import { HeddleError } from '../errors.js';
import { isBuffer } from '../tensor/bytes.js';
import { checkSeed, hashKey, permutation } from '../tensor/random.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { type NestedNumbers, readRow, readTensor } from '../tensor/tensorLike.js';
import { rowMajor, type TensorSource } from '../tensor/view.js';
import { kindOf, required } from '../validate.js';

/** Images and their labels as they are on disk, in shared memory so that worker threads read them in place. */
export interface ImageDataset {
  /** N×C×H×W pixels, 0 to 255, last dimension fastest. */
  readonly images: Uint8Array<SharedArrayBuffer>;
  /** N class numbers. */
  readonly labels: Uint8Array<SharedArrayBuffer>;
  /** N, the number of samples. */
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A data set of images and labels of your own, copied.
 * @param images [N, C, H, W], or [N, H, W] for one channel, whole numbers from 0 to 255, of any type; the data may be
 *   an ArrayBuffer of bytes
 * @param labels N class numbers from 0 to 255: a list, a typed array, an ArrayBuffer of bytes, or a tensor of shape [N]
 * @throws HeddleError SHAPE when they do not fit each other, or for other numbers */
export function imageDataset(
  images: (Omit<TensorSource, 'data'> & { readonly data: TensorSource['data'] | ArrayBufferLike }) | NestedNumbers,
  labels: ArrayLike<number | bigint> | TensorSource | ArrayBufferLike,
): ImageDataset {
  required('imageDataset(images, labels)', { images, labels });
  const { data, shape, stride, offset } = readTensor('the images tensor', ofBytes(images));
  if (shape.length !== 3 && shape.length !== 4)
    throw misfit(`the images have shape ${formatShape(shape)}; expected [N, C, H, W] or [N, H, W]`);
  const [count, channels, height, width] = shape.length === 4 ? shape : [shape[0], 1, shape[1], shape[2]];
  const pixels = toBytes('pixel', rowMajor({ data, shape, stride, offset }));
  const classes = toBytes('label', readRow('the labels', isBuffer(labels) ? new Uint8Array(labels) : labels));
  const dataset = { images: pixels, labels: classes, count, channels, height, width };
  checkDataset(dataset, [channels, height, width], 256);
  return dataset;
}

/** Images whose data may be a buffer: of bytes, what else could pixels be. */
function ofBytes(images: Parameters<typeof imageDataset>[0]): TensorSource | NestedNumbers {
  const { data } = (images ?? {}) as { readonly data?: unknown };
  return (isBuffer(data) ? { ...images, data: new Uint8Array(data) } : images) as TensorSource | NestedNumbers;
}

/** Pages that are not cross-origin isolated hide SharedArrayBuffer, and have no use for it: they train on one thread. */
const sharedBuffer = (length: number) =>
  typeof SharedArrayBuffer === 'function'
    ? new SharedArrayBuffer(length)
    : (new ArrayBuffer(length) as unknown as SharedArrayBuffer);

/** @throws HeddleError SHAPE for what is no byte */
function toBytes(what: string, values: ArrayLike<number>): Uint8Array<SharedArrayBuffer> {
  if (!Number.isSafeInteger(values?.length))
    throw new HeddleError('ARGUMENT', `${what}s must be a list or a typed array of numbers, not ${kindOf(values)}`);
  const bytes = new Uint8Array(sharedBuffer(values.length));
  bytes.set(values);
  for (let i = 0; i < values.length; i++)
    if (bytes[i] !== values[i]) throw misfit(`${what} ${i} is ${values[i]}; expected a whole number from 0 to 255`);
  return bytes;
}

/** The first `count` samples, as a view on the same memory.
 * @throws HeddleError ARGUMENT unless `count` is a whole number from 1 to `dataset.count` */
export function firstSamples(dataset: ImageDataset, count: number): ImageDataset {
  required('firstSamples(dataset, count)', { dataset, count });
  checkArrays(dataset);
  checkCount(count, dataset.count, 'the size of the data set');
  const images = dataset.images.subarray(0, count * sampleSize(dataset));
  return { ...dataset, images, labels: dataset.labels.subarray(0, count), count };
}

/** The bytes of a sample's pixels. */
const sampleSize = ({ channels, height, width }: ImageDataset) => channels * height * width;

function checkCount(count: number, most: number, meaning: string): void {
  if (Number.isInteger(count) && count >= 1 && count <= most) return;
  const range = `from 1 to ${most}, ${meaning}`;
  throw new HeddleError('ARGUMENT', `expected a whole number of samples ${range}; found ${count}`);
}

/** Holds `count` samples, drawn at random, out of a data set: [the others, those], copied, each in its old order.
 * @param seed determines which, alone
 * @throws HeddleError ARGUMENT unless `count` is a whole number from 1 to below `dataset.count`, and `seed` one below
 *   2³² */
export function randomSplit(dataset: ImageDataset, count: number, seed = 0): [ImageDataset, ImageDataset] {
  required('randomSplit(dataset, count, seed)', { dataset, count });
  checkArrays(dataset);
  checkCount(count, dataset.count - 1, `of the data set's ${dataset.count}`);
  const order = permutation(dataset.count, hashKey(checkSeed(seed), 'split'));
  return [subsetOf(dataset, order.slice(count).sort()), subsetOf(dataset, order.slice(0, count).sort())];
}

function subsetOf(dataset: ImageDataset, samples: Int32Array): ImageDataset {
  const size = sampleSize(dataset);
  const images = new Uint8Array(sharedBuffer(samples.length * size));
  const labels = new Uint8Array(sharedBuffer(samples.length));
  for (const [place, sample] of samples.entries()) {
    images.set(dataset.images.subarray(sample * size, (sample + 1) * size), place * size);
    labels[place] = dataset.labels[sample];
  }
  return { ...dataset, images, labels, count: samples.length };
}

/** Mean and population standard deviation of all pixels, scaled to 0…1. Pixels are counted by value first, so the sums
 * are exact and the result is the same on every machine. A set of equal pixels has a deviation of 0. */
export function pixelStatistics(dataset: ImageDataset): { mean: number; std: number } {
  required('pixelStatistics(dataset)', { dataset });
  checkArrays(dataset);
  const { images } = dataset;
  const histogram = new Float64Array(256);
  for (let i = 0; i < images.length; i++) histogram[images[i]]++;

  const mean = histogram.reduce((sum, n, value) => sum + n * value, 0) / images.length;
  const variance = histogram.reduce((sum, n, value) => sum + n * (value - mean) ** 2, 0) / images.length;
  return { mean: mean / 255, std: Math.sqrt(variance) / 255 };
}

/** @throws HeddleError ARGUMENT for what is no data set */
function checkKind(dataset: ImageDataset): void {
  for (const name of ['images', 'labels'] as const) {
    const array: unknown = dataset?.[name];
    const made = 'imageDataset(images, labels)';
    const wrong = (what: string) => new HeddleError('ARGUMENT', what);
    if (!ArrayBuffer.isView(array)) throw wrong(`expected a data set, such as ${made} makes, found ${kindOf(dataset)}`);
    const kind = (array as Uint8Array)[Symbol.toStringTag];
    if (kind !== 'Uint8Array')
      throw wrong(`the data set's ${name}: expected a Uint8Array, found ${kind}. Make the data set with ${made}`);
  }
}

/** @throws HeddleError ARGUMENT for what is no data set, SHAPE unless its arrays have the lengths that its sizes want */
export function checkArrays(dataset: ImageDataset): void {
  checkKind(dataset);
  const { images, labels, count } = dataset;
  const pixels = count * sampleSize(dataset);
  if (labels.length !== count || images.length !== pixels)
    throw misfit(
      `the data set has ${labels.length} labels and ${images.length} pixels; its count of ${count} images wants ${count} and ${pixels}`,
    );
}

/** @throws HeddleError SHAPE unless the images have the shape, the arrays the lengths, and the labels values below `classes` */
export function checkDataset(dataset: ImageDataset, inputShape: Shape, classes: number): void {
  checkKind(dataset);
  const { labels } = dataset;
  const shape = [dataset.channels, dataset.height, dataset.width];
  if (shape.join() !== inputShape.join())
    throw misfit(`the data set's images have shape ${formatShape(shape)}, the model wants ${formatShape(inputShape)}`);
  checkArrays(dataset);
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0)
    throw misfit(`label ${wrong} of the data set is ${labels[wrong]}; the model has classes 0 to ${classes - 1}`);
}

const misfit = (what: string) => new HeddleError('SHAPE', what);
