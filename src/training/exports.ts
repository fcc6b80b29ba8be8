// What heddle/node and heddle/web have in common.
export {
  type BestEpoch,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type MetricSums,
  type Position,
} from '../formats/checkpoint.js';
export type { LookaheadOptions, LookaheadSettings } from '../optimizers/lookahead.js';
export type { Machines } from '../parallel/machines.js';
export type { ProfileRow } from '../program/profile.js';
export type { EvaluateOptions } from './evaluation.js';
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
} from './events.js';
export type { RunSchedule } from './learningRates.js';
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
} from './metrics.js';
export { type ObserveOptions, observe, type RunHooks } from './observe.js';
export type { FitOptions, RunConfig, TrainerOptions } from './trainerOptions.js';
