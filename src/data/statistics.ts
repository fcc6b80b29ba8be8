import { sizeOf } from '../tensor/shape.js';
import { required } from '../validate.js';
import { checkArrays, type Dataset, sharedArray } from './dataset.js';

/** Mean and population standard deviation of all inputs, those of bytes scaled to 0…1. A set of equal ones has a deviation
 * of 0. */
export function pixelStatistics(dataset: Dataset): { mean: number; std: number } {
  required('pixelStatistics(dataset)', { dataset });
  checkArrays(dataset);
  return statistics(dataset.inputs);
}

/** As pixelStatistics of each channel of images, or of each feature, in lists as `normalization` takes them. */
export function channelStatistics(dataset: Dataset): { mean: number[]; std: number[] } {
  required('channelStatistics(dataset)', { dataset });
  checkArrays(dataset);
  const channels = Array.from({ length: dataset.shape[0] }, (_, channel) => statistics(channelOf(dataset, channel)));
  return { mean: channels.map(({ mean }) => mean), std: channels.map(({ std }) => std) };
}

/** The numbers of one channel of all samples. */
function channelOf({ inputs, count, shape: [channels, ...lengths] }: Dataset, channel: number): Dataset['inputs'] {
  const size = sizeOf(lengths);
  const values = sharedArray<Dataset['inputs']>(inputs.constructor as never, count * size);
  for (let n = 0; n < count; n++) {
    const start = (n * channels + channel) * size;
    values.set(inputs.subarray(start, start + size), n * size);
  }
  return values;
}

const statistics = (values: Dataset['inputs']) =>
  values.BYTES_PER_ELEMENT === 1 ? statisticsOfBytes(values) : statisticsOfFloats(values);

/** Counted by value first, so the sums are exact and the result is the same on every machine. */
function statisticsOfBytes(bytes: Dataset['inputs']): { mean: number; std: number } {
  const histogram = new Float64Array(256);
  for (let i = 0; i < bytes.length; i++) histogram[bytes[i]]++;

  const mean = histogram.reduce((sum, n, value) => sum + n * value, 0) / bytes.length;
  const variance = histogram.reduce((sum, n, value) => sum + n * (value - mean) ** 2, 0) / bytes.length;
  return { mean: mean / 255, std: Math.sqrt(variance) / 255 };
}

function statisticsOfFloats(floats: Dataset['inputs']): { mean: number; std: number } {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < floats.length; i++) sum += floats[i];
  const mean = sum / floats.length;
  for (let i = 0; i < floats.length; i++) squares += (floats[i] - mean) ** 2;
  return { mean, std: Math.sqrt(squares / floats.length) };
}
