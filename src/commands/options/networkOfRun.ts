import { isModule } from '../../graph/module.js';
import { portableGraph } from '../../network/layersOf.js';
import { type Datasets, inputShapeOf } from './datasets.js';
import { type NetworkSource, networkChoice, networkOf, usualNetwork } from './networks.js';
import type { Trained } from './trainerOf.js';
import type { TrainSettings } from './trainSettings.js';

/** The network that --network names, else that of the weights to start from, else the usual one for these data; with all that a
 * trainer has to know of it and of them.
 * @throws HeddleError as networkOf, and as the weights' network and what is frozen of it */
export async function trainedOf(
  settings: Pick<TrainSettings, 'network' | 'dropout'>,
  datasets: Datasets,
  start?: NetworkSource,
): Promise<Trained> {
  const inputShape = inputShapeOf(datasets);
  const numClasses = datasets.data.classes.length;
  const name = settings.network ?? (start ? undefined : usualNetwork(inputShape));
  const network =
    name === undefined && start
      ? start.networkFor({ inputShape, numClasses })
      : await networkOf(name ?? usualNetwork(inputShape), { inputShape, numClasses, dropout: settings.dropout });
  const file = name === undefined ? undefined : networkChoice(name).file;
  return {
    network,
    inputShape,
    normalization: datasets.normalization,
    frozen: start?.frozen(isModule(network) ? portableGraph(network, inputShape) : network) ?? [],
    layerModules: file === undefined ? [] : [file],
    images: datasets.train.count,
  };
}
