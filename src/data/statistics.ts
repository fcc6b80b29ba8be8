import { sizeOf } from '../tensor/shape.js';
import { required } from '../validate.js';
import { checkArrays, type Dataset } from './dataset.js';

/** Numbers of a data set, piece by piece. */
interface Numbers {
  readonly length: number;
  readonly pieces: () => Iterable<Dataset['inputs']>;
}

/** Mean and population standard deviation of all inputs, those of bytes scaled to 0…1. A set of equal ones has a deviation
 * of 0. */
export function pixelStatistics(dataset: Dataset): { mean: number; std: number } {
  required('pixelStatistics(dataset)', { dataset });
  checkArrays(dataset);
  const { inputs } = dataset;
  return statistics(dataset, { length: inputs.length, pieces: () => [inputs] });
}

/** As pixelStatistics of each channel of images, or of each feature, in lists as `normalization` takes them. */
export function channelStatistics(dataset: Dataset): { mean: number[]; std: number[] } {
  required('channelStatistics(dataset)', { dataset });
  checkArrays(dataset);
  const channels = Array.from({ length: dataset.shape[0] }, (_, channel) =>
    statistics(dataset, numbersOf(dataset, channel)),
  );
  return { mean: channels.map(({ mean }) => mean), std: channels.map(({ std }) => std) };
}

/** Those of one channel of all samples. */
function numbersOf({ inputs, count, shape: [channels, ...lengths] }: Dataset, channel: number): Numbers {
  const size = sizeOf(lengths);
  return {
    length: count * size,
    *pieces() {
      for (let n = channel; n < count * channels; n += channels) yield inputs.subarray(n * size, (n + 1) * size);
    },
  };
}

const statistics = ({ inputs }: Dataset, numbers: Numbers) =>
  inputs.BYTES_PER_ELEMENT === 1 ? statisticsOfBytes(numbers) : statisticsOfFloats(numbers);

/** Counted by value first, so the sums are exact and the result is the same on every machine. */
function statisticsOfBytes({ length, pieces }: Numbers): { mean: number; std: number } {
  const histogram = new Float64Array(256);
  for (const bytes of pieces()) for (let i = 0; i < bytes.length; i++) histogram[bytes[i]]++;

  const mean = histogram.reduce((sum, n, value) => sum + n * value, 0) / length;
  const variance = histogram.reduce((sum, n, value) => sum + n * (value - mean) ** 2, 0) / length;
  return { mean: mean / 255, std: Math.sqrt(variance) / 255 };
}

function statisticsOfFloats({ length, pieces }: Numbers): { mean: number; std: number } {
  let [sum, squares] = [0, 0];
  for (const floats of pieces()) for (let i = 0; i < floats.length; i++) sum += floats[i];
  const mean = sum / length;
  for (const floats of pieces()) for (let i = 0; i < floats.length; i++) squares += (floats[i] - mean) ** 2;
  return { mean, std: Math.sqrt(squares / length) };
}
