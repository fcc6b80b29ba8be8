import type { AugmentationOptions } from '../../data/augmentation.js';
import type { Normalization } from '../../data/normalization.js';
import type { Graph } from '../../graph/graph.js';
import type { Module } from '../../graph/module.js';
import { CrossEntropyLoss } from '../../losses/crossEntropyLoss.js';
import type { JoinedMachines } from '../../machines/joinMachines.js';
import { Adam, AdamW } from '../../optimizers/adam.js';
import type { ParameterGroup } from '../../optimizers/groups.js';
import { Muon } from '../../optimizers/muon.js';
import type { Optimizer } from '../../optimizers/optimizer.js';
import type { Schedule } from '../../optimizers/schedules.js';
import { SGD } from '../../optimizers/sgd.js';
import type { Shape } from '../../tensor/shape.js';
import { Trainer } from '../../training/nodeTrainer.js';
import { refused } from './setting.js';
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
    ...(settings.lookahead > 0 && { lookahead: { steps: settings.lookahead, alpha: settings.lookaheadAlpha } }),
    schedule: scheduleOf(settings, images),
    augmentation: augmentationOf(settings),
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
  const { muon, muonMomentum, muonWeightDecay = 0, muonSteps, muonWeights } = settings;
  const others = plainOptimizerOf(settings);
  if (!muon) return others;
  return new Muon({
    learningRate: muon,
    momentum: muonMomentum,
    weightDecay: muonWeightDecay,
    nsSteps: muonSteps,
    parameters: muonWeights?.split(',').map((pattern) => pattern.trim()),
    others,
  });
}

function plainOptimizerOf(settings: TrainSettings): Optimizer {
  const { optimizer, lr, biasLr, momentum, nesterov, weightDecay, decay } = settings;
  const learningRate = lr ?? defaultRate(optimizer);
  const vectors: ParameterGroup = { parameters: 'vectors', learningRate: biasLr * learningRate };
  const groups = biasLr === 1 ? undefined : [vectors];
  if (optimizer === 'sgd') return new SGD({ learningRate, momentum, nesterov, weightDecay, decay, groups });
  return new { adam: Adam, adamw: AdamW }[optimizer]({ learningRate, weightDecay, decay, groups });
}

/** Of an epoch. @throws HeddleError ARGUMENT when --drop-last leaves none */
function stepsOf({ batchSize, dropLast }: TrainSettings, images: number): number {
  if (!dropLast) return Math.ceil(images / batchSize);
  if (images < batchSize)
    throw refused(
      `--drop-last leaves no batch of ${images} training images with --batch-size ${batchSize}; give a smaller one`,
    );
  return Math.floor(images / batchSize);
}

/** What one setting leaves nothing to do for another one, such as a recipe's, is left out. */
function augmentationOf(settings: TrainSettings): AugmentationOptions {
  const { cropPadding, horizontalFlip, ...others } = partOf(settings, 'augmentation');
  const { randomCrop, alternatingFlip } = others;
  return {
    ...others,
    cropPadding: randomCrop > 0 ? cropPadding : 'constant',
    horizontalFlip: alternatingFlip ? 0 : horizontalFlip,
  };
}

function scheduleOf(settings: TrainSettings, images: number): Schedule {
  const { schedule, epochs, warmup, lrStep, gamma } = settings;
  const steps = stepsOf(settings, images);
  const totalSteps = epochs * steps;
  if (schedule === 'step') return { type: 'step', stepSize: Math.max(1, Math.round(lrStep * steps)), gamma };
  if (schedule === 'cosine')
    return { type: 'cosine', totalSteps, warmupSteps: Math.min(totalSteps - 1, Math.floor(warmup * totalSteps)) };
  if (schedule === 'onecycle') return { type: 'oneCycle', totalSteps, pctStart: warmup };
  if (schedule === 'triangular') return { type: 'triangular', totalSteps, pctStart: warmup };
  return { type: 'constant' };
}
