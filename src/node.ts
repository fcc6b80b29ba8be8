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
export { defaultSpace } from './search/defaultSpace.js';
export { importance } from './search/importance.js';
export { type Objective, type SearchOptions, search } from './search/search.js';
export {
  readSpace,
  type SearchChoices,
  type SearchParameter,
  type SearchRange,
  type Settings,
  type SettingValue,
  type Space,
} from './search/space.js';
export { loadSpace } from './search/spaceFile.js';
export {
  bestTrial,
  type EpochResult,
  type Journal,
  ranked,
  type SamplerName,
  type Study,
  type StudyConfig,
  type StudyEvent,
  type Trial,
} from './search/study.js';
export { loadStudy, openStudy, type StudyFile } from './search/studyFile.js';
export type {
  EpochEvaluationProgress,
  EpochReport,
  Evaluation,
  EvaluationProgress,
  Metrics,
  StepReport,
} from './training/metrics.js';
export type { ProfileRow } from './training/profile.js';
export type { StepConfig } from './training/step.js';
export { Trainer } from './training/trainer.js';
export type { FitOptions, TrainerOptions } from './training/trainerOptions.js';
