import { fileURLToPath } from 'node:url';
import { loadMnistFolder, type MnistDataset } from '../data/mnist/mnistFolder.js';

/** Where the project keeps the data set, beside the folder of its compiled files. */
export const fashionMnistFolder = fileURLToPath(new URL('../data/fashion-mnist', import.meta.url));

const howToGet =
  'To get Fashion-MNIST, take the four files of data/fashion in the GitHub project zalandoresearch/fashion-mnist, ' +
  "or install Debian's package dataset-fashion-mnist; then pass their folder with --data DIR.";

/** Loads one split of Fashion-MNIST, or of a data set in its place. @throws HeddleError as loadMnistFolder */
export const loadFashionMnist = (split: 'train' | 'test', folder = fashionMnistFolder): Promise<MnistDataset> =>
  loadMnistFolder(folder, split, howToGet);
