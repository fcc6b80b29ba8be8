export { loadMnistFolder } from './data/mnistFolder.js';
export { readIdx, type IdxArray } from './data/idx.js';
export type { Metrics } from './training/metrics.js';
export type { Normalization } from './training/step.js';
export {
  type EpochReport,
  type Evaluation,
  type FitOptions,
  type StepReport,
  Trainer,
  type TrainerOptions,
} from './training/trainer.js';
