import { fileURLToPath } from 'node:url';
import type { MnistDataset } from '../data/mnist/mnistDataset.js';
import { loadMnistFolder } from '../data/mnist/mnistFolder.js';

/** Where the project keeps the data set, beside the folder of its compiled files. */
export const fashionMnistFolder = fileURLToPath(new URL('../data/fashion-mnist', import.meta.url));

/** Loads one split of it. @throws HeddleError as loadMnistFolder */
export const loadFashionMnist = (split: 'train' | 'test'): Promise<MnistDataset> =>
  loadMnistFolder(fashionMnistFolder, split);
