export { decodeImage, readImage } from './data/decode/decodeImage.js';
export type { GivenImage, Image } from './data/image.js';
export type { ImageTransform, LightOnDark, ResizeCrop } from './data/imageTransform.js';
export { readIdx } from './data/mnist/idx.js';
export type { IdxArray } from './data/mnist/idxContent.js';
export type { MnistDataset } from './data/mnist/mnistDataset.js';
export { loadMnistFolder } from './data/mnist/mnistFolder.js';
export { type InputImage, toInput } from './data/toInput.js';
export { type TransformedImage, transformImage } from './data/transformImage.js';
export { describeData } from './datasets/describe.js';
export { imageFolder } from './datasets/imageFolder.js';
export type { DataOptions, LabelledData, Unreadable } from './datasets/labelledData.js';
export { openData } from './datasets/openData.js';
export { defaultSpace } from './fashionMnist/defaultSpace.js';
export { loadCheckpoint, saveCheckpoint } from './formats/checkpointFile.js';
export { loadSafetensors, saveSafetensors } from './formats/modelFile.js';
export type { LoadedModel, LoadModelOptions, SaveModelOptions } from './network/modelBytes.js';
export { loadModel, saveModel } from './network/modelFile.js';
export { Predictor } from './prediction/predictor.js';
export type { PredictorOptions } from './prediction/predictorOptions.js';
export { importance } from './search/importance.js';
export { joinSearch, type SearchMachines } from './search/ranks.js';
export type { Objective } from './search/runTrials.js';
export { type SearchOptions, search } from './search/search.js';
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
export * from './training/exports.js';
export { Trainer } from './training/nodeTrainer.js';
