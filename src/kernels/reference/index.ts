import type { Kernels } from '../kernels.js';
import { batchNormBackward, scaleShift, scaleShiftAdd } from './batchNorm.js';
import { columnMoments, columnSums, gradientMoments, rectifiedGradientMoments } from './columnSums.js';
import {
  adam,
  add,
  addRelu,
  average,
  dropout,
  multiply,
  relu,
  reluBackward,
  scale,
  sgd,
  sumShards,
  sumSquares,
} from './elementwise.js';
import { gemm, gemmTransposed, packPanels } from './gemm.js';
import { padImage, transpose } from './layout.js';
import { softmaxCrossEntropy } from './loss.js';
import { maxPoolBatchNormBackward, maxPoolGradientMoments, scaleShiftMaxPool } from './normalizedPooling.js';
import { maxPool, maxPoolBackward } from './pooling.js';
import {
  winogradInput,
  winogradInputGradient,
  winogradOutput,
  winogradOutputGradient,
  winogradWeightGradient,
  winogradWeights,
} from './winograd.js';
import { winogradProducts, winogradWeightProducts } from './winogradProducts.js';

/** The kernels in plain TypeScript: the specification, and what runs where WebAssembly has no vectors. */
export const referenceKernels: Kernels = {
  name: 'reference',
  packPanels,
  gemm,
  gemmTransposed,
  winogradWeights,
  winogradInput,
  winogradProducts,
  winogradOutput,
  winogradOutputGradient,
  winogradInputGradient,
  winogradWeightProducts,
  winogradWeightGradient,
  padImage,
  transpose,
  columnSums,
  columnMoments,
  gradientMoments,
  rectifiedGradientMoments,
  scaleShift,
  scaleShiftAdd,
  batchNormBackward,
  add,
  addRelu,
  multiply,
  relu,
  reluBackward,
  dropout,
  maxPool,
  maxPoolBackward,
  scaleShiftMaxPool,
  maxPoolGradientMoments,
  maxPoolBatchNormBackward,
  softmaxCrossEntropy,
  sumShards,
  sumSquares,
  scale,
  average,
  sgd,
  adam,
};
