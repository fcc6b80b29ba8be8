import { dirname } from 'node:path';
import type { Dataset } from '../../data/dataset.js';
import { transformedShape } from '../../data/imageTransform.js';
import type { Normalization } from '../../data/normalization.js';
import { channelStatistics, pixelStatistics } from '../../data/statistics.js';
import { firstSamples, randomSamples, randomSplit } from '../../data/subsets.js';
import type { DataOptions, LabelledData } from '../../datasets/labelledData.js';
import { loadingProgress } from '../terminal/loadingProgress.js';
import { openGivenData } from './givenData.js';
import { checkGiven, givenNormalization } from './normalization.js';
import { isWithin } from './ownInput.js';
import { refused } from './setting.js';
import type { TrainSettings } from './trainSettings.js';

/** What is trained on and chosen by, what is tested on, and how pixels are scaled. */
export interface Datasets {
  readonly data: LabelledData;
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  readonly normalization: Normalization;
}

/** The settings that say what a training works on. */
type DataSettings = Pick<TrainSettings, 'data' | 'imageSize' | 'testShare' | 'seed' | 'workers' | 'out' | 'json'>;

/** @param wanted of the inputs, where the network's weights say it; pictures of a folder are kept beside `out`, if that is given
 * @throws HeddleError as openData; ARGUMENT when `out` would be a folder among those of classes */
export async function loadData(
  { data, imageSize, testShare, seed, workers, out, json }: DataSettings,
  wanted: Pick<DataOptions, 'channels' | 'transform'> = {},
): Promise<LabelledData> {
  const progress = loadingProgress(json);
  const { transform, channels } = wanted;
  // Another size than that of the weights' pictures may be asked for.
  const inputs =
    transform && imageSize === undefined
      ? { transform }
      : { imageSize, channels: transform ? transformedShape(transform)[0] : channels };
  const isInside = out !== undefined && (await isWithin(out, data));
  const cacheFolder = out === undefined || isInside ? undefined : dirname(out);
  const options = { ...inputs, testShare, seed, workers, cacheFolder, onProgress: progress.draw };
  try {
    const loaded = await openGivenData(data, options);
    if (isInside && loaded.files) throw amongClasses(out, data);
    return loaded;
  } finally {
    progress.end();
  }
}

const amongClasses = (out: string, data: string) =>
  refused(`--out: ${out} lies in ${data}, the folder of --data, where folders are classes; give one elsewhere`);

/** Pixels are scaled by mean and deviation of the training set's unless told otherwise, in colour by those of each channel.
 * @param usual how the weights to start from want them scaled, where they say so
 * @throws HeddleError ARGUMENT when there are fewer images than are wanted */
export function datasetsOf(
  data: LabelledData,
  settings: Pick<TrainSettings, 'validation' | 'limit' | 'mean' | 'std'>,
  usual?: Normalization,
): Datasets {
  const { train, validation } = partsOf(data, settings);
  const given = givenNormalization(settings);
  if (given) checkGiven(given, data.train.shape);
  const normalization = given ?? usual ?? normalizationOf(data.train);
  return { data, train, validation, normalization };
}

/** Holds validation images out, and leaves the others as many as there may be. */
function partsOf(data: LabelledData, { validation: heldOut, limit }: Pick<TrainSettings, 'validation' | 'limit'>) {
  const { train: all, files } = data;
  if (heldOut && heldOut >= all.count)
    throw refused(
      `--validation ${heldOut} leaves no training images; hold out fewer than the ${all.count} that there are`,
    );
  const [rest, validation] = heldOut ? randomSplit(all, heldOut) : [all, undefined];
  if (limit && limit > rest.count)
    throw refused(
      `--limit ${limit} wants more training images than there are: ${rest.count}${heldOut ? `, without the ${heldOut} of --validation` : ''}`,
    );
  if (!limit || limit === rest.count) return { train: rest, validation };
  // Pictures of a folder stand class by class.
  const train = files ? randomSamples(rest, limit) : firstSamples(rest, limit);
  return { train, validation };
}

/** Mean and deviation of a set's pixels, to four digits, as people quote them. A channel without any deviation keeps its own. */
function normalizationOf(dataset: Dataset): Normalization {
  const digits = (value: number) => Number(value.toFixed(4));
  if (dataset.shape[0] === 1) {
    const { mean, std } = pixelStatistics(dataset);
    return { mean: digits(mean), std: digits(std) || 1 };
  }
  const { mean, std } = channelStatistics(dataset);
  return { mean: mean.map(digits), std: std.map((value) => digits(value) || 1) };
}

/** The [channels, height, width] of the data's inputs. */
export const inputShapeOf = ({ data }: Datasets) => transformedShape(data.transform);
