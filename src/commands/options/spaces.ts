import { isMnistFolder } from '../../data/mnist/mnistFolder.js';
import { defaultSpace, originalSettings, pointIn } from '../../fashionMnist/defaultSpace.js';
import type { Settings, Space } from '../../search/space.js';
import { recipes } from './recipes.js';

/** What is searched for data that are not like Fashion-MNIST: around the general recipe. */
const generalSpace: Space = {
  ...recipes.general,
  lr: { low: 1e-4, high: 1e-2, log: true },
  batchSize: { choices: [16, 32, 64] },
  weightDecay: { low: 1e-3, high: 0.3, log: true },
  labelSmoothing: { low: 0, high: 0.2 },
  horizontalFlip: { choices: [0, 0.5] },
};

/** The space that is searched unless another is given: for the network that the search knows best, or for any. */
export const usualSpace = async (data: string, network: string | undefined): Promise<Space> =>
  (network === undefined || network === 'fashion') && (await isMnistFolder(data)) ? defaultSpace : generalSpace;

/** The settings that a search has to beat, as far as they are in its space: the original's, or the general recipe's. */
export function firstIn(space: Space): readonly Settings[] {
  const first = pointIn(space, originalSettings) ?? pointIn(space, recipes.general);
  return first ? [first] : [];
}
