import type { Normalization } from '../../data/normalization.js';
import type { Graph } from '../../graph/graph.js';
import type { Module } from '../../graph/module.js';
import { CrossEntropyLoss } from '../../losses/crossEntropyLoss.js';
import type { JoinedMachines } from '../../machines/joinMachines.js';
import { Adam, AdamW } from '../../optimizers/adam.js';
import type { Optimizer } from '../../optimizers/optimizer.js';
import type { Schedule } from '../../optimizers/schedules.js';
import { SGD } from '../../optimizers/sgd.js';
import type { Shape } from '../../tensor/shape.js';
import { Trainer } from '../../training/nodeTrainer.js';
import { partOf, type TrainSettings } from './trainSettings.js';

/** What is trained, and with what. */
export interface Trained {
  readonly network: Module | Graph;
  readonly inputShape: Shape;
  readonly normalization: Normalization;
  /** Modules that stay as they are. */
  readonly frozen: readonly string[];
  /** Files that worker threads import first. */
  readonly layerModules: readonly string[];
  /** In the training set. */
  readonly images: number;
}

/** The trainer of a run.
 * @param machines that share it */
export function trainerOf(settings: TrainSettings, trained: Trained, machines?: JoinedMachines): Trainer {
  const { seed, workers, kernels, conv, profile } = settings;
  const { network, inputShape, normalization, frozen, layerModules, images } = trained;
  return new Trainer(network as Module, {
    ...partOf(settings, 'trainer'),
    loss: new CrossEntropyLoss(partOf(settings, 'loss')),
    inputShape,
    optimizer: optimizerOf(settings),
    schedule: scheduleOf(settings, images),
    augmentation: partOf(settings, 'augmentation'),
    normalization,
    frozen,
    layerModules,
    seed,
    workers,
    kernels,
    convolution: conv,
    profile,
    machines,
  });
}

/** The learning rate of a run that was given none. */
export const defaultRate = (optimizer: TrainSettings['optimizer']) => (optimizer === 'sgd' ? 0.15 : 0.001);

function optimizerOf(settings: TrainSettings): Optimizer {
  const { optimizer, lr, momentum, nesterov, weightDecay, decay } = settings;
  const learningRate = lr ?? defaultRate(optimizer);
  if (optimizer === 'sgd') return new SGD({ learningRate, momentum, nesterov, weightDecay, decay });
  return new { adam: Adam, adamw: AdamW }[optimizer]({ learningRate, weightDecay, decay });
}

function scheduleOf(settings: TrainSettings, images: number): Schedule {
  const { schedule, epochs, batchSize, warmup, lrStep, gamma } = settings;
  const steps = Math.ceil(images / batchSize);
  const totalSteps = epochs * steps;
  if (schedule === 'step') return { type: 'step', stepSize: Math.max(1, Math.round(lrStep * steps)), gamma };
  if (schedule === 'cosine')
    return { type: 'cosine', totalSteps, warmupSteps: Math.min(totalSteps - 1, Math.floor(warmup * totalSteps)) };
  if (schedule === 'onecycle') return { type: 'oneCycle', totalSteps, pctStart: warmup };
  return { type: 'constant' };
}
