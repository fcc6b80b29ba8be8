// The kernels of ../../reference on 128-bit vectors, in AssemblyScript: the same operations in the same order for each
// output element. Pointers and strides are in bytes, counts in elements. Files that are not here are printed by ./templates.
export {
  gelu,
  geluBackward,
  geluTanh,
  geluTanhBackward,
  hardsigmoid,
  hardsigmoidBackward,
  hardswish,
  hardswishBackward,
  leakyRelu,
  leakyReluBackward,
  relu6,
  relu6Backward,
  sigmoid,
  sigmoidBackward,
  silu,
  siluBackward,
  tanh,
  tanhBackward,
} from './activations';
export { activationGradientMoments, scaleShiftActivation } from './activatedBatchNorm';
export { averagePool, averagePoolBackward } from './averagePooling';
export { batchNormBackward, scaleShift, scaleShiftAdd } from './batchNorm';
export { columnMoments, columnSums, sumMoments } from './columnSums';
export { addDepthwiseWeightGradient, addDepthwiseWeightGradientWide, depthwise } from './depthwise';
export { add, addRelu, dropout, multiply, relu, reluBackward, reluColumns, sumShards } from './elementwise';
export { gradientMoments, rectifiedGradientMoments } from './gradientMoments';
export { constantsEnd } from './constants';
export { columnProductSums, multiplyRows } from './factors';
export { gemm, gemmWide } from './gemm';
export { gemmTransposed, gemmTransposedWide } from './gemmTransposed';
export { padImage, spreadPixels, transpose, unfoldRows } from './layout';
export { fold, unfold, zeroColumns } from './windows';
export { softmaxCrossEntropy } from './loss';
export { maxPoolBatchNormBackward, maxPoolGradientMoments, scaleShiftMaxPool } from './normalizedPooling';
export { packPanels } from './packing';
export { adam, average, rmsprop, scale, sgd, sumSquares } from './updates';
export { winogradProducts, winogradProductsWide } from './products';
export { winogradWeightProducts, winogradWeightProductsWide } from './weightProducts';
export { winogradInput, winogradOutputGradient } from './winograd';
export { winogradInputGradient, winogradOutput } from './winogradResults';
export { winogradWeightGradient, winogradWeights } from './winogradWeights';
export { maxPool, maxPoolBackward } from './pooling';
export { softmax, softmaxBackward } from './softmax';
