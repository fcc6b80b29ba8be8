export { decodeImage } from './data/decodeImage.js';
export type { GreyImage } from './data/greyImage.js';
export { type IdxArray, readIdx } from './data/idx.js';
export { readImage } from './data/imageFile.js';
export { loadMnistFolder } from './data/mnistFolder.js';
export { type InputImage, toInput } from './data/toInput.js';
export {
  type BestEpoch,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
  type Position,
  saveCheckpoint,
} from './formats/checkpoint.js';
export { loadSafetensors, saveSafetensors } from './formats/modelFile.js';
export type { EpochReport, Evaluation, Metrics, StepReport } from './training/metrics.js';
export type { ProfileRow } from './training/profile.js';
export type { StepConfig } from './training/step.js';
export { Trainer } from './training/trainer.js';
export type { FitOptions, TrainerOptions } from './training/trainerOptions.js';
