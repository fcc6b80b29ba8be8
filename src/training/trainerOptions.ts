import { type Augmentation, type AugmentationOptions, noAugmentation, readAugmentation } from '../data/augmentation.js';
import type { Dataset } from '../data/dataset.js';
import { checkNormalization, type Normalization } from '../data/normalization.js';
import { checkSampler, type Sampler } from '../data/sampler.js';
import { HeddleError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import { isModule, type Module } from '../graph/module.js';
import type { KernelChoice } from '../kernels/load.js';
import type { ConvolutionChoice } from '../layers/layer.js';
import { CrossEntropyLoss } from '../losses/crossEntropyLoss.js';
import type { Loss } from '../losses/loss.js';
import { lossConfig } from '../losses/registry.js';
import { portableGraph } from '../network/layersOf.js';
import { checkInputShape, isGraph } from '../network/modelOptions.js';
import { namesOf } from '../network/names.js';
import { readGraph } from '../network/readGraph.js';
import { type LookaheadOptions, type LookaheadSettings, lookaheadSettings } from '../optimizers/lookahead.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { optimizerConfig } from '../optimizers/registry.js';
import { checkSchedule } from '../optimizers/schedules.js';
import type { Machines } from '../parallel/machines.js';
import type { Platform } from '../parallel/platform.js';
import type { TypedOptions } from '../program/registry.js';
import type { Shape } from '../tensor/shape.js';
import {
  abortSignal,
  BELOW_ONE,
  callback,
  flag,
  inRange,
  kindOf,
  options,
  required,
  wholeNumber,
} from '../validate.js';
import type { RunSchedule } from './learningRates.js';
import type { EpochEvaluation, EpochEvaluationProgress, EpochMetric, EpochReport, StepReport } from './metrics.js';

export interface TrainerOptions {
  readonly inputShape: Shape;
  /** Without one the trainer only evaluates, and plans no training. */
  readonly optimizer?: Optimizer;
  /** Default constant. */
  readonly schedule?: RunSchedule;
  /** Default new CrossEntropyLoss(). */
  readonly loss?: Loss;
  /** Scales a step's gradients down to this norm of all of them together; absent, they stay as they are. */
  readonly maxGradientNorm?: number;
  /** Batches of a step, whose mean gradient makes one update; the last step of an epoch has those that are left. Each batch is
   * normalized by itself. Default 1. */
  readonly accumulationSteps?: number;
  /** Keeps an exponential moving average of weights and BatchNorm statistics, evaluates by it, and gives it as `stateDict()`;
   * the Trainer's model has the weights themselves. From 0 (the default: none) to below 1. */
  readonly averageDecay?: number;
  /** Training batches from which BatchNorm's running statistics are made anew when an epoch ends, before it is evaluated: the plain
   * mean of theirs, by the average of the weights if one is kept, as torch.optim.swa_utils.update_bn. They are the epoch's first,
   * augmented and with Dropout as in training; frozen modules keep what they have. Training goes on from these statistics, and
   * `num_batches_tracked` does not count them. Default 0: none. */
  readonly updateBn?: number;
  /** Every `steps` steps (default 5) the weights become what they were so many steps before and `alpha` (0.5) of their way since:
   * Lookahead (Zhang et al., 2019). In between evaluation goes by them as they are. Default none. */
  readonly lookahead?: LookaheadOptions;
  /** Of the training images; default none. */
  readonly augmentation?: AugmentationOptions;
  /** Whether evaluation takes the mean of the logits of each image and its mirror image. Default false. */
  readonly testTimeFlip?: boolean;
  /** By how many pixels evaluation also shifts each image, up and to the left, and down and to the right, reflected where it ends:
   * the mean of the logits is half the image's in its place and a quarter of each of the others', with testTimeFlip each the mean
   * of both ways. That is three views, or six, and so much more time. Jordan, 2024. Default 0: none. */
  readonly testTimeShift?: number;
  /** Default 100. */
  readonly batchSize?: number;
  /** Whether training leaves out the last batch of an epoch if it is smaller. Default false. */
  readonly dropLast?: boolean;
  /** Worker threads, default one a core. The results do not depend on it. */
  readonly workers?: number;
  /** Of weights, order of the images, augmentation and dropout: a whole number below 2³². Default 0. */
  readonly seed?: number;
  /** Default 'auto'. */
  readonly kernels?: KernelChoice;
  /** Default 'auto': Winograd's algorithm where it serves (see Conv2d). */
  readonly convolution?: ConvolutionChoice;
  /** Modules, or their paths, and names of parameters that training leaves as they are: see ModelOptions. Default none. */
  readonly frozen?: readonly (string | Module)[];
  /** Shards that a batch is cut into, default 20. */
  readonly shards?: number;
  /** How the inputs are scaled, default mean 0 and deviation 1: bytes to 0 … 1, and floats not at all. */
  readonly normalization?: Normalization;
  /** Whether to keep account of where the time goes, for `profile()`. Default false. */
  readonly profile?: boolean;
  /** Modules that worker threads import first, as they register layers, a loss or an optimizer of your own: URLs or, in Node,
   * files. */
  readonly layerModules?: readonly string[];
  /** The machines that share each batch, each a part of it: see joinMachines. The results do not depend on them. Default none but
   * this one. */
  readonly machines?: Machines | undefined;
}

/** All that determines a run's arithmetic but the data, as plain values: each thread builds the same programs from it. */
export interface RunConfig
  extends Omit<
    Required<TrainerOptions>,
    'optimizer' | 'loss' | 'maxGradientNorm' | 'lookahead' | 'augmentation' | 'frozen' | 'machines'
  > {
  readonly network: Graph;
  readonly loss: TypedOptions;
  /** Undefined: the run only evaluates. */
  readonly optimizer: TypedOptions | undefined;
  /** Undefined: gradients are not clipped. */
  readonly maxGradientNorm: number | undefined;
  /** Undefined: the weights stay where the optimizer puts them. */
  readonly lookahead: LookaheadSettings | undefined;
  readonly augmentation: Augmentation;
  /** Modules by their paths. */
  readonly frozen: readonly string[];
}

export interface FitOptions {
  readonly epochs: number;
  /** Which training samples an epoch goes through, such as WeightedRandomSampler.balanced(train) for rare classes; absent, all
   * of them, shuffled. */
  readonly sampler?: Sampler;
  readonly test?: Dataset;
  /** Held out of the training set to choose by: see randomSplit. */
  readonly validation?: Dataset;
  /** Ends the training when a metric of its reports has not become better for so many epochs: one that is named, such as
   * validationLoss, else the validation accuracy or, where there is none, the validation loss. When it ends so, or after the
   * last epoch, but not by the signal, the weights are those of the best epoch, the first of equals. The next fit goes on from
   * that best epoch if it stops early by the same metric on the same images, else it begins without one. */
  readonly earlyStopping?: { readonly patience: number; readonly metric?: EpochMetric };
  /** Stops after the running step; the epoch that it interrupts gets no report, and goes on with the next `fit`. */
  readonly signal?: AbortSignal;
  /** Called before the first step, which waits for what it returns. */
  readonly onStart?: () => unknown;
  /** Called between two steps; the next one waits for what it returns. */
  readonly onStep?: (report: StepReport) => unknown;
  /** Called after each batch of the evaluations that end an epoch; the next one waits for what it returns. */
  readonly onEvaluate?: (progress: EpochEvaluationProgress) => unknown;
  /** Called after each of these evaluations with what the network says of each sample. */
  readonly onEvaluated?: (evaluation: EpochEvaluation) => unknown;
  /** Called after each epoch, once its report has been yielded: true ends the training, early. */
  readonly stopWhen?: (report: EpochReport) => boolean;
}

const trainerDefaults = {
  inputShape: undefined,
  optimizer: undefined,
  schedule: { type: 'constant' },
  loss: new CrossEntropyLoss(),
  maxGradientNorm: undefined,
  accumulationSteps: 1,
  averageDecay: 0,
  updateBn: 0,
  lookahead: undefined,
  augmentation: noAugmentation,
  testTimeFlip: false,
  testTimeShift: 0,
  batchSize: 100,
  dropLast: false,
  workers: undefined,
  seed: 0,
  kernels: 'auto',
  convolution: 'auto',
  frozen: [],
  shards: 20,
  normalization: { mean: 0, std: 1 },
  profile: false,
  layerModules: [],
  machines: undefined,
} as const;

/** The configuration that the options of a Trainer stand for. @throws HeddleError ARGUMENT */
export function runConfig(
  network: Module | Graph,
  given: Partial<TrainerOptions>,
  platform: Platform,
  others: readonly unknown[] = [],
): RunConfig {
  const form = 'new Trainer(network, { inputShape: [1, 28, 28], optimizer: new SGD({ learningRate: 0.1 }) })';
  required(form, { network });
  const { machines, workers, ...settings } = options(form, given, trainerDefaults, others);
  if (!isModule(network) && !isGraph(network))
    throw new HeddleError('ARGUMENT', `network must be a module or a graph, model.graph, not ${kindOf(network)}`);
  const ownShape = isGraph(network) ? readGraph(network).inputs[0].shape : undefined;
  const shape = settings.inputShape ?? ownShape;
  required(form, { inputShape: shape });
  const modules = isGraph(network) ? undefined : network;
  const inputShape = checkInputShape(shape);
  const config = {
    ...settings,
    inputShape,
    network: isGraph(network) ? network : portableGraph(network, inputShape),
    frozen: namesOf('frozen', modules, settings.frozen),
    kernels: platform.resolveKernels(settings.kernels),
    workers: platform.workers(workers === undefined ? undefined : wholeNumber('workers', workers, 1)),
    loss: lossConfig(settings.loss),
    optimizer: settings.optimizer === undefined ? undefined : optimizerConfig(settings.optimizer, modules),
    lookahead: settings.lookahead === undefined ? undefined : lookaheadSettings(settings.lookahead),
    augmentation: readAugmentation(settings.augmentation),
    layerModules: platform.moduleUrls(settings.layerModules),
  } satisfies RunConfig;
  if (config.maxGradientNorm !== undefined) inRange('maxGradientNorm', config.maxGradientNorm, 0, Number.MAX_VALUE);
  wholeNumber('accumulationSteps', config.accumulationSteps, 1);
  inRange('averageDecay', config.averageDecay, 0, BELOW_ONE);
  wholeNumber('updateBn', config.updateBn, 0);
  flag('testTimeFlip', config.testTimeFlip);
  wholeNumber('testTimeShift', config.testTimeShift, 0);
  flag('profile', config.profile);
  flag('dropLast', config.dropLast);
  checkSchedule(config.schedule);
  checkNormalization(config.normalization, inputShape);
  if (machines !== undefined) checkMachines(machines, config);
  return config;
}

/** @throws HeddleError ARGUMENT, also when they would not compute the same */
function checkMachines(machines: Machines, { kernels, shards }: RunConfig): void {
  if (typeof machines?.companion !== 'function')
    throw new HeddleError('ARGUMENT', `machines must be what joinMachines() gives, not ${kindOf(machines)}`);
  if (kernels === 'relaxed')
    throw new HeddleError('ARGUMENT', 'kernels: relaxed may give other bits on each machine; several want others');
  if (shards < machines.ranks)
    throw new HeddleError(
      'ARGUMENT',
      `shards is ${shards}, and ${machines.ranks} machines want at least as many; the results depend on it`,
    );
}

const fitDefaults = {
  epochs: undefined,
  sampler: undefined,
  test: undefined,
  validation: undefined,
  earlyStopping: undefined,
  signal: undefined,
  onStart: undefined,
  onStep: undefined,
  onEvaluate: undefined,
  onEvaluated: undefined,
  stopWhen: undefined,
} as const;

/** The options of a `fit`. @throws HeddleError ARGUMENT */
export function fitSettings(given: FitOptions) {
  const form = 'trainer.fit(train, { epochs: 10 })';
  const { earlyStopping, ...settings } = options(form, given, fitDefaults);
  const { epochs, sampler, validation, signal, onStart, onStep, onEvaluate, onEvaluated, stopWhen } = settings;
  required(form, { epochs });
  wholeNumber('epochs', epochs, 0);
  checkSampler(sampler);
  abortSignal('signal', signal);
  for (const [name, value] of Object.entries({ onStart, onStep, onEvaluate, onEvaluated, stopWhen }))
    callback(name, value);
  if (earlyStopping && !earlyStopping.metric && !validation)
    throw new HeddleError('ARGUMENT', 'earlyStopping wants a validation set: see randomSplit');
  return { ...settings, earlyStopping: earlyStopping === undefined ? undefined : stopping(earlyStopping) };
}

function stopping(given: NonNullable<FitOptions['earlyStopping']>) {
  const form = 'earlyStopping: { patience: 5 }';
  const { patience, metric } = options(form, given, { patience: undefined, metric: undefined });
  required(form, { patience });
  return { patience: wholeNumber('patience', patience, 1), metric };
}
