import type { Normalization } from '../data/batches.js';

/** Mean and deviation of the training set's pixels. */
export const fashionMnistNormalization: Normalization = { mean: 0.286, std: 0.353 };
