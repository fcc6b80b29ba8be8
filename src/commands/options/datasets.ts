import type { Dataset } from '../../data/dataset.js';
import type { Normalization } from '../../data/normalization.js';
import { pixelStatistics } from '../../data/statistics.js';
import { firstSamples, randomSplit } from '../../data/subsets.js';
import { loadFashionMnist } from '../../fashionMnist/dataset.js';
import { givenNormalization } from './normalization.js';
import { refused } from './setting.js';
import type { TrainSettings } from './trainSettings.js';

/** What is trained on and chosen by, and how pixels are scaled. */
export interface Datasets {
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  readonly normalization: Normalization;
}

/** Pixels are scaled by mean and deviation of the training set's unless told otherwise. @throws HeddleError ARGUMENT */
export async function loadDatasets(
  options: Pick<TrainSettings, 'data' | 'validation' | 'limit' | 'mean' | 'std'>,
): Promise<Datasets> {
  const { data, validation: heldOut, limit } = options;
  const all = await loadFashionMnist('train', data);
  if (heldOut && heldOut >= all.count)
    throw refused(
      `--validation ${heldOut} leaves no training images; hold out fewer than the ${all.count} that there are`,
    );
  const [rest, validation] = heldOut ? randomSplit(all, heldOut) : [all, undefined];
  if (limit && limit > rest.count)
    throw refused(
      `--limit ${limit} wants more training images than there are: ${rest.count}${heldOut ? `, without the ${heldOut} of --validation` : ''}`,
    );
  const train = limit ? firstSamples(rest, limit) : rest;
  return { train, validation, normalization: givenNormalization(options) ?? pixelNormalization(all) };
}

/** Mean and deviation of a set's pixels, to four digits, as people quote them. */
function pixelNormalization(dataset: Dataset): Normalization {
  const { mean, std } = pixelStatistics(dataset);
  return { mean: Number(mean.toFixed(4)), std: Number(std.toFixed(4)) };
}
