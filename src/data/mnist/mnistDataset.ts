import { formatError } from '../../formats/fileKind.js';
import type { Dataset } from '../dataset.js';
import type { IdxArray } from './idxContent.js';

/** Images of one channel, and their class numbers. */
export interface MnistDataset extends Dataset {
  readonly inputs: Uint8Array<SharedArrayBuffer>;
  readonly targets: Uint8Array<SharedArrayBuffer>;
}

/** What the names of a split's files begin with. */
export const prefixes = { train: 'train', test: 't10k' } as const;

/** @param imagePath what messages call the files
 * @throws HeddleError FORMAT if there are more images than labels or fewer */
export function mnistDataset(images: IdxArray, labels: IdxArray, imagePath: string, labelPath: string): MnistDataset {
  const [count, height, width] = images.shape;
  if (labels.shape[0] !== count) {
    const problem = `expected ${count} labels, one for each image in ${imagePath}; found ${labels.shape[0]}`;
    throw formatError(labelPath, problem, 'Check that both files come from the same set');
  }
  return { inputs: images.data, targets: labels.data, count, shape: [1, height, width], targetShape: [] };
}
