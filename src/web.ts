// The entry heddle/web: the Trainer in a browser.
export { fetchIdx, fetchMnist } from './data/mnist/fetchMnist.js';
export type { IdxArray } from './data/mnist/idxContent.js';
export type { MnistDataset } from './data/mnist/mnistDataset.js';
export {
  type BestEpoch,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type MetricSums,
  type Position,
} from './formats/checkpoint.js';
export {
  decodeModel,
  encodeModel,
  type LoadedModel,
  type LoadModelOptions,
  type SaveModelOptions,
} from './network/modelBytes.js';
export type { Machines } from './parallel/machines.js';
export { whyOneThread } from './parallel/webPlatform.js';
export type { ProfileRow } from './program/profile.js';
export type { EvaluateOptions } from './training/evaluation.js';
export type {
  RunAnswers,
  RunChange,
  RunEnd,
  RunEpoch,
  RunEvaluation,
  RunEvent,
  RunFilters,
  RunListener,
  RunMistake,
  RunNorms,
  RunPicture,
  RunProfile,
  RunStart,
  RunStep,
} from './training/events.js';
export type { RunSchedule } from './training/learningRates.js';
export type {
  EpochEvaluation,
  EpochEvaluationProgress,
  EpochMetric,
  EpochReport,
  Evaluation,
  EvaluationProgress,
  Metrics,
  MetricsOf,
  SetName,
  StepReport,
} from './training/metrics.js';
export { type ObserveOptions, observe, type RunHooks } from './training/observe.js';
export type { FitOptions, RunConfig, TrainerOptions } from './training/trainerOptions.js';
export { Trainer } from './training/webTrainer.js';
