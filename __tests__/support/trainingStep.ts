import { noAugmentation } from '../../src/data/augmentation.js';
import type { ImageDataset } from '../../src/data/imageDataset.js';
import type { Module } from '../../src/graph/module.js';
import { trace } from '../../src/network/trace.js';
import { runAlone } from '../../src/program/phase.js';
import { type StepConfig, TrainingStep } from '../../src/training/step.js';

/** A step's configuration: batches of 16 in 20 shards on this thread, SGD at 0.05, nothing of a recipe, unless told otherwise. */
export const stepConfig = (
  network: Module,
  { channels, height, width }: Pick<ImageDataset, 'channels' | 'height' | 'width'>,
  options: Partial<StepConfig> = {},
): StepConfig => ({
  network: trace(network, [channels, height, width]).graph,
  inputShape: [channels, height, width],
  batchSize: 16,
  shards: 20,
  seed: 0,
  workers: 1,
  kernels: 'simd',
  convolution: 'auto',
  profile: false,
  layerModules: [],
  normalization: { mean: 0.5, std: 0.4 },
  optimizer: { type: 'SGD', learningRate: 0.05 },
  schedule: { type: 'constant' },
  labelSmoothing: 0,
  maxGradientNorm: undefined,
  averageDecay: 0,
  testTimeFlip: false,
  augmentation: noAugmentation,
  ...options,
});

/** Runs a program on one batch, on this thread. */
export function runStep(
  step: TrainingStep,
  program: 'train' | 'evaluate',
  dataset: ImageDataset,
  indices: readonly number[],
  { number = 0, shards = 1 }: { readonly number?: number; readonly shards?: number } = {},
): void {
  step.dataset = dataset;
  step.indices.set(indices);
  runAlone(
    program === 'train' ? step.phases.train : [...step.phases.prepare, ...step.phases.evaluate],
    { samples: indices.length, shards, training: program === 'train', number, learningRate: step.learningRate },
    step.model.scratch[0],
  );
}

export const makeStep = (...config: Parameters<typeof stepConfig>) => new TrainingStep(stepConfig(...config));
