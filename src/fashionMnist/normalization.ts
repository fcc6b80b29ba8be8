/** Mean and deviation of the training set's pixels. */
export const fashionMnistNormalization = { mean: 0.286, std: 0.353 };
