import { type Datasets, inputShapeOf } from './datasets.js';
import { networkChoice, networkOf, usualNetwork } from './networks.js';
import type { Trained } from './trainerOf.js';
import type { TrainSettings } from './trainSettings.js';

/** What --network names, or the network for these data, with all that a trainer has to know of it and of them.
 * @throws HeddleError as networkOf */
export async function trainedOf(
  settings: Pick<TrainSettings, 'network' | 'dropout'>,
  datasets: Datasets,
): Promise<Trained> {
  const inputShape = inputShapeOf(datasets);
  const { network: name = usualNetwork(inputShape), dropout } = settings;
  const { file } = networkChoice(name);
  return {
    network: await networkOf(name, { inputShape, numClasses: datasets.data.classes.length, dropout }),
    inputShape,
    normalization: datasets.normalization,
    frozen: [],
    layerModules: file === undefined ? [] : [file],
    images: datasets.train.count,
  };
}
