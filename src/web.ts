// The entry heddle/web: the Trainer in a browser.
export { fetchIdx, fetchMnist } from './data/mnist/fetchMnist.js';
export type { IdxArray } from './data/mnist/idxContent.js';
export type { MnistDataset } from './data/mnist/mnistDataset.js';
export {
  decodeModel,
  encodeModel,
  type LoadedModel,
  type LoadModelOptions,
  type SaveModelOptions,
} from './network/modelBytes.js';
export { whyOneThread } from './parallel/webPlatform.js';
export * from './training/exports.js';
export { Trainer } from './training/webTrainer.js';
