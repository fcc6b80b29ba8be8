import { noAugmentation } from '../../src/data/augmentation.js';
import type { Dataset } from '../../src/data/dataset.js';
import type { Module } from '../../src/graph/module.js';
import { CrossEntropyLoss } from '../../src/losses/crossEntropyLoss.js';
import { lossConfig } from '../../src/losses/registry.js';
import { trace } from '../../src/network/trace.js';
import { optimizerConfig } from '../../src/optimizers/registry.js';
import { SGD } from '../../src/optimizers/sgd.js';
import { type Pass, runAlone } from '../../src/program/phase.js';
import { Programs } from '../../src/training/programs.js';
import type { RunConfig } from '../../src/training/trainerOptions.js';

/** A run's configuration: batches of 16 in 20 shards on this thread, SGD at 0.05, nothing of a recipe, unless told otherwise. */
export const runConfig = (
  network: Module,
  { shape }: Pick<Dataset, 'shape'>,
  options: Partial<RunConfig> = {},
): RunConfig => ({
  network: trace(network, shape).graph,
  inputShape: shape,
  batchSize: 16,
  dropLast: false,
  shards: 20,
  seed: 0,
  workers: 1,
  kernels: 'simd',
  convolution: 'auto',
  frozen: [],
  profile: false,
  layerModules: [],
  normalization: { mean: 0.5, std: 0.4 },
  optimizer: optimizerConfig(new SGD({ learningRate: 0.05 })),
  schedule: { type: 'constant' },
  loss: lossConfig(new CrossEntropyLoss()),
  maxGradientNorm: undefined,
  accumulationSteps: 1,
  averageDecay: 0,
  updateBn: 0,
  lookahead: undefined,
  testTimeFlip: false,
  testTimeShift: 0,
  augmentation: noAugmentation,
  ...options,
});

/** Runs a program on one batch, on this thread. */
export function runProgram(
  programs: Programs,
  program: 'train' | 'evaluate',
  dataset: Dataset,
  indices: readonly number[],
  { number = 0, epoch, shards = 1, batch }: Partial<Pick<Pass, 'number' | 'epoch' | 'shards' | 'batch'>> = {},
): void {
  const [learningRate] = programs.learningRates;
  programs.batch.dataset = dataset;
  programs.batch.indices.set(indices);
  runAlone(
    program === 'train' ? programs.phases.train : [...programs.phases.prepare, ...programs.phases.evaluate],
    { samples: indices.length, shards, training: program === 'train', number, epoch, learningRate, batch },
    programs.model.scratch[0],
  );
}

export const makePrograms = (...config: Parameters<typeof runConfig>) => new Programs(runConfig(...config));
