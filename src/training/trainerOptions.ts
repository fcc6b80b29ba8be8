import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { flag, inRange, wholeNumber } from '../arguments.js';
import { checkNormalization, type Normalization } from '../data/batches.js';
import type { ImageDataset } from '../data/imageDataset.js';
import type { KernelChoice } from '../kernels/load.js';
import type { ConvolutionChoice } from '../layers/layer.js';
import type { Sequential } from '../model/sequential.js';
import { resolveKernels } from '../parallel/resolveKernels.js';
import type { Shape } from '../tensor/shape.js';
import { type Augmentation, checkAugmentation, noAugmentation } from './augmentation.js';
import type { EpochEvaluationProgress, EpochReport, StepReport } from './metrics.js';
import type { Optimizer } from './optimizer.js';
import { optimizerConfig } from './optimizers.js';
import { checkSchedule, type Schedule } from './schedules.js';
import type { StepConfig } from './step.js';

export interface TrainerOptions {
  readonly inputShape: Shape;
  readonly optimizer: Optimizer;
  /** Default constant. */
  readonly schedule?: Schedule;
  /** Of the training loss, from 0 to 1; default 0. */
  readonly labelSmoothing?: number;
  /** Scales a step's gradients down to this norm of all of them together; absent, they stay as they are. */
  readonly maxGradientNorm?: number;
  /** Keeps an exponential moving average of weights and BatchNorm statistics, and evaluates and saves that. From 0 (the
   * default: none) to below 1. */
  readonly averageDecay?: number;
  /** Of the training images; default none. */
  readonly augmentation?: Partial<Augmentation>;
  /** Whether evaluation takes the mean of the logits of each image and its mirror image. Default false. */
  readonly testTimeFlip?: boolean;
  /** Default 100. */
  readonly batchSize?: number;
  /** Worker threads, default os.availableParallelism(). The results do not depend on it. */
  readonly workers?: number;
  /** Of weights, order of the images, augmentation and dropout: a whole number below 2³². Default 0. */
  readonly seed?: number;
  /** Default 'auto'. */
  readonly kernels?: KernelChoice;
  /** Default 'auto': Winograd's algorithm where it serves (see Conv2d). */
  readonly convolution?: ConvolutionChoice;
  /** Shards that a batch is cut into, default 20. */
  readonly shards?: number;
  /** How pixels are scaled, default mean 0 and deviation 1: to 0 … 1. */
  readonly normalization?: Normalization;
  /** Whether to keep account of where the time goes, for `profile()`. Default false. */
  readonly profile?: boolean;
  /** Modules that worker threads import first, as they `registerLayer` layers of your own: files or file URLs. */
  readonly layerModules?: readonly string[];
}

export interface FitOptions {
  readonly epochs: number;
  readonly test?: ImageDataset;
  /** Held out of the training set to choose by: see randomSplit. */
  readonly validation?: ImageDataset;
  /** Ends the training when the validation accuracy has not risen for so many epochs. When it ends so, or after the last
   * epoch, but not by the signal, the weights are those of the best epoch, the first of equals. The next fit goes on from
   * that best epoch if it stops early by the same images, else it begins without one. */
  readonly earlyStopping?: { readonly patience: number };
  /** Stops after the running step; the epoch that it interrupts gets no report, and goes on with the next `fit`. */
  readonly signal?: AbortSignal;
  /** Called before the first step, which waits for what it returns. */
  readonly onStart?: () => unknown;
  /** Called between two steps; the next one waits for what it returns. */
  readonly onStep?: (report: StepReport) => unknown;
  /** Called after each batch of the evaluations that end an epoch; the next one waits for what it returns. */
  readonly onEvaluate?: (progress: EpochEvaluationProgress) => unknown;
  /** Called after each epoch, once its report has been yielded: true ends the training, early. */
  readonly stopWhen?: (report: EpochReport) => boolean;
}

/** Of a URL itself, or of a path. */
const moduleUrl = (module: string) => (/^[a-z]{2,}:/i.test(module) ? module : pathToFileURL(resolve(module)).href);

/** The configuration that the options of a Trainer stand for. @throws HeddleError ARGUMENT */
export function stepConfig(network: Sequential, options: TrainerOptions): StepConfig {
  const config = {
    network: network.toConfig(),
    inputShape: options.inputShape,
    batchSize: options.batchSize ?? 100,
    shards: options.shards ?? 20,
    seed: options.seed ?? 0,
    kernels: resolveKernels(options.kernels ?? 'auto'),
    convolution: options.convolution ?? 'auto',
    workers: wholeNumber('workers', options.workers ?? availableParallelism(), 1),
    optimizer: optimizerConfig(options.optimizer),
    schedule: options.schedule ?? { type: 'constant' },
    labelSmoothing: inRange('labelSmoothing', options.labelSmoothing ?? 0, 0, 1),
    maxGradientNorm: options.maxGradientNorm,
    averageDecay: inRange('averageDecay', options.averageDecay ?? 0, 0, 1 - 2 ** -53),
    augmentation: { ...noAugmentation, ...options.augmentation },
    testTimeFlip: flag('testTimeFlip', options.testTimeFlip ?? false),
    normalization: options.normalization ?? { mean: 0, std: 1 },
    profile: options.profile ?? false,
    layerModules: (options.layerModules ?? []).map(moduleUrl),
  } satisfies StepConfig;
  checkSchedule(config.schedule);
  if (config.maxGradientNorm !== undefined) inRange('maxGradientNorm', config.maxGradientNorm, 0, Number.MAX_VALUE);
  checkAugmentation(config.augmentation);
  checkNormalization(config.normalization);
  return config;
}
