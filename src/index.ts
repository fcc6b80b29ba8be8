export type { CropPadding } from './data/augmentation/padding.js';
export type { Augmentation, AugmentationOptions, ColorJitter } from './data/augmentation.js';
export { type Batch, type BatchOptions, batches } from './data/batches.js';
export { classWeights } from './data/classWeights.js';
export type { Dataset } from './data/dataset.js';
export type { ImageTransform, LightOnDark, ResizeCrop } from './data/imageTransform.js';
export type { Normalization } from './data/normalization.js';
export type { Sampler } from './data/sampler.js';
export { channelStatistics, pixelStatistics } from './data/statistics.js';
export { firstSamples, randomSplit, subset } from './data/subsets.js';
export { type DatasetSource, type TensorDatasetOptions, tensorDataset } from './data/tensorDataset.js';
export { WeightedRandomSampler } from './data/weightedRandomSampler.js';
export { fashionMnistClasses } from './datasets/fashionMnistClasses.js';
export { type ErrorCode, HeddleError } from './errors.js';
export { type FashionNetOptions, fashionNet, fashionNetInput } from './fashionMnist/network.js';
export type { OtherDtype } from './formats/dtype.js';
export { decodeNpy, encodeNpy, type NpyArray } from './formats/npy.js';
export type { OnnxAttribute, OnnxOperator } from './formats/onnxOperator.js';
export { decodeSafetensors, encodeSafetensors, type StoredTensor } from './formats/safetensors.js';
export type { Graph, GraphInput, GraphModule, GraphNode } from './graph/graph.js';
export { Module } from './graph/module.js';
export type { Value } from './graph/value.js';
export type { KernelChoice } from './kernels/load.js';
export { AdaptiveAvgPool2d, type AdaptiveSize } from './layers/adaptiveAvgPool2d.js';
export { AvgPool2d, type AvgPool2dOptions } from './layers/avgPool2d.js';
export type { BatchNormOptions } from './layers/batchNorm.js';
export { BatchNorm1d } from './layers/batchNorm1d.js';
export { BatchNorm2d } from './layers/batchNorm2d.js';
export { Conv2d, type Conv2dOptions } from './layers/conv2d.js';
export { ConvTranspose2d, type ConvTranspose2dOptions } from './layers/convTranspose2d.js';
export { Dropout } from './layers/dropout.js';
export { Dropout2d } from './layers/dropout2d.js';
export { Flatten } from './layers/flatten.js';
export {
  adaptiveAvgPool2d,
  add,
  avgPool2d,
  concat,
  flatten,
  gelu,
  hardsigmoid,
  hardswish,
  interpolate,
  leakyReLU,
  maxPool2d,
  mul,
  relu,
  relu6,
  sigmoid,
  silu,
  softmax,
  tanh,
  unflatten,
} from './layers/functions.js';
export { GELU, type GELUOptions } from './layers/gelu.js';
export { GroupNorm, type GroupNormOptions } from './layers/groupNorm.js';
export { Hardsigmoid } from './layers/hardsigmoid.js';
export { Hardswish } from './layers/hardswish.js';
export { Identity } from './layers/identity.js';
export type { Initials } from './layers/initial.js';
export {
  type Activation,
  type Buffer,
  type ConvolutionChoice,
  gradientOfShard,
  type Initial,
  Layer,
  type LayerPlan,
  type Parameter,
  type Planner,
  samplesOf,
} from './layers/layer.js';
export { LayerNorm, type LayerNormOptions } from './layers/layerNorm.js';
export { LeakyReLU } from './layers/leakyReLU.js';
export { Linear, type LinearOptions } from './layers/linear.js';
export { MaxPool2d, type MaxPool2dOptions } from './layers/maxPool2d.js';
export { type LayerClass, registerLayer } from './layers/registry.js';
export { ReLU } from './layers/relu.js';
export { ReLU6 } from './layers/relu6.js';
export type { UpsampleMode } from './layers/resampling.js';
export { Sigmoid } from './layers/sigmoid.js';
export { SiLU } from './layers/silu.js';
export { Softmax } from './layers/softmax.js';
export { StochasticDepth } from './layers/stochasticDepth.js';
export { Tanh } from './layers/tanh.js';
export { Unflatten } from './layers/unflatten.js';
export { Upsample, type UpsampleOptions } from './layers/upsample.js';
export { BCEWithLogitsLoss, type LabelPrediction } from './losses/bceWithLogitsLoss.js';
export { CrossEntropyLoss, type CrossEntropyLossOptions } from './losses/crossEntropyLoss.js';
export type { Targets } from './losses/forward.js';
export { L1Loss } from './losses/l1Loss.js';
export type { Loss, LossBatch, MetricName, Mixing, TargetKind } from './losses/loss.js';
export { MSELoss } from './losses/mseLoss.js';
export { type LossClass, registerLoss } from './losses/registry.js';
export { SmoothL1Loss } from './losses/smoothL1Loss.js';
export type { Weights } from './losses/weights.js';
export { exportOnnx, type OnnxOptions } from './network/exportOnnx.js';
export { frozenBy } from './network/freezing.js';
export { type GradcheckOptions, gradcheck } from './network/gradcheck.js';
export { Model } from './network/model.js';
export type { ModelDescription } from './network/modelDescription.js';
export type { ModelOptions } from './network/modelOptions.js';
export type { Meaning, Prediction } from './network/predict.js';
export { readGraph } from './network/readGraph.js';
export { Sequential } from './network/sequential.js';
export type { IncompatibleKeys, LoadStateDictOptions, StateDict } from './network/stateDict.js';
export { type TransferredWeights, transferWeights } from './network/transfer.js';
export { Adam, type AdamOptions, AdamW } from './optimizers/adam.js';
export type { Grouped, ParameterGroup, ParameterNames } from './optimizers/groups.js';
export { type LearningRateAdjustment, Muon, type MuonOptions } from './optimizers/muon.js';
export {
  type Decay,
  Optimizer,
  type OptimizerOptions,
} from './optimizers/optimizer.js';
export type { OptimizerStateDict, ParamGroup } from './optimizers/optimizerState.js';
export { decodeOptimizerState, encodeOptimizerState } from './optimizers/optimizerStateFile.js';
export { type PlateauOptions, type PlateauState, ReduceLROnPlateau } from './optimizers/plateau.js';
export { type OptimizerClass, registerOptimizer } from './optimizers/registry.js';
export { RMSprop, type RMSpropOptions } from './optimizers/rmsprop.js';
export { learningRateFactor, type PlateauSchedule, type Schedule } from './optimizers/schedules.js';
export { SGD, type SGDOptions } from './optimizers/sgd.js';
export type { ParameterUpdate, UpdatePlanner, UpdateRule, UpdateStep } from './optimizers/updates.js';
export { ownSamples, type SampleRange } from './program/ownPart.js';
export {
  type ChannelBlock,
  type ComputePhase,
  type ExchangePhase,
  type Machine,
  type PartPhase,
  type Pass,
  type Phase,
  perPart,
  perShard,
  type Shard,
} from './program/phase.js';
export type { TypedOptions } from './program/registry.js';
export type { Transfer } from './program/transfer.js';
export type { Arena, MemoryUse } from './tensor/arena.js';
export type { Bytes } from './tensor/bytes.js';
export type { Named } from './tensor/named.js';
export { type Shape, sizeOf, stridesOf } from './tensor/shape.js';
export { type NestedNumbers, type NumberArray, type TensorLike, toArray } from './tensor/tensorLike.js';
export {
  rowMajor,
  type StoredArray,
  type StoredSource,
  type TensorSource,
  type TensorView,
  type WritableSource,
} from './tensor/view.js';
export type { Size2d } from './validate.js';
