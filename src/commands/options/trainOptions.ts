import { Command, Option } from 'commander';
import type { Normalization } from '../../data/batches.js';
import { fashionNetInput } from '../../fashionMnist/network.js';
import { recipes } from '../../fashionMnist/recipes.js';
import { CrossEntropyLoss } from '../../losses/crossEntropyLoss.js';
import { Adam, AdamW } from '../../optimizers/adam.js';
import type { Decay, Optimizer } from '../../optimizers/optimizer.js';
import type { Schedule } from '../../optimizers/schedules.js';
import { SGD } from '../../optimizers/sgd.js';
import { MOST_IN_KEY } from '../../tensor/random.js';
import type { TrainerOptions } from '../../training/trainerOptions.js';
import { number, pathName, whole } from '../command.js';
import { checkedOptions } from './checkedOptions.js';

/** The settings of a training run that make its arithmetic: options of `train`, and names of a search space. */
export interface TrainSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: 'sgd' | 'adam' | 'adamw';
  /** Default 0.15, or what the optimizer has: 0.001 of adam and adamw. */
  readonly lr?: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly decay: Decay;
  readonly schedule: 'constant' | 'step' | 'cosine' | 'onecycle';
  readonly warmup: number;
  readonly lrStep: number;
  readonly gamma: number;
  readonly labelSmoothing: number;
  readonly maxGradientNorm?: number;
  readonly averageDecay: number;
  readonly horizontalFlip: number;
  readonly randomCrop: number;
  readonly randomErasing: number;
  readonly testTimeFlip: boolean;
  readonly dropout: number;
  readonly seed: number;
}

const choice = (flags: string, description: string, choices: readonly string[], initial: string) =>
  new Option(flags, description).choices(choices).default(initial);

/** Adds the options of TrainSettings to a command. */
export const withTrainOptions = (program: Command): Command =>
  program
    .addOption(
      new Option('--recipe <name>', "the original's settings, or those found best for this network").choices(
        Object.keys(recipes),
      ),
    )
    .option('--config <file>', 'JSON with any of these options, in camelCase, such as tune writes', pathName)
    .option('--epochs <n>', 'passes over the training set', whole(1), 5)
    .option('--batch-size <n>', 'images per step', whole(1), 100)
    .addOption(choice('--optimizer <name>', 'how gradients change the weights', ['sgd', 'adam', 'adamw'], 'sgd'))
    .option(
      '--lr <rate>',
      'learning rate; with a schedule, the highest; of adam and adamw 0.001 (default: 0.15)',
      number(0),
    )
    .option('--momentum <m>', "SGD's momentum", number(0), 0)
    .option('--nesterov', "Nesterov's momentum", false)
    .option('--no-nesterov', 'without it, where a recipe or a file has it')
    .option('--weight-decay <d>', 'L2 penalty; with adamw, decoupled', number(0), 0)
    .addOption(
      choice('--decay <what>', 'what decays: all, or weights but no biases and BatchNorm', ['all', 'weights'], 'all'),
    )
    .addOption(
      choice(
        '--schedule <name>',
        "the learning rate's course over the run's steps",
        ['constant', 'step', 'cosine', 'onecycle'],
        'constant',
      ),
    )
    .option('--warmup <share>', 'of the steps of cosine or onecycle, in which the rate rises', number(0, 1), 0.25)
    .option('--lr-step <epochs>', 'of the schedule step: epochs after which the rate falls', number(0), 1)
    .option('--gamma <factor>', 'by which it is then multiplied', number(0), 0.5)
    .option('--label-smoothing <s>', 'share of the target that all classes divide', number(0, 1), 0)
    .option('--max-gradient-norm <norm>', 'scale gradients down to it', number(0))
    .option(
      '--average-decay <d>',
      'evaluate and save the moving average of weights and statistics',
      number(0, 1 - 2 ** -53),
      0,
    )
    .option('--horizontal-flip <p>', 'augmentation: probability of a mirror image', number(0, 1), 0)
    .option(
      '--random-crop <pixels>',
      'augmentation: black pixels around the image that a crop is taken of',
      whole(0),
      0,
    )
    .option('--random-erasing <p>', 'augmentation: probability that a rectangle is erased', number(0, 1), 0)
    .option('--test-time-flip', 'evaluate the mean of each image and its mirror image', false)
    .option('--no-test-time-flip', 'evaluate each image alone')
    .option('--dropout <p>', "the network's", number(0, 1), 0.1)
    .option('--seed <n>', 'initial weights, order of the images, augmentation and dropout', whole(0, MOST_IN_KEY), 0);

/** The options of `train` when nothing is said. */
export const trainDefaults = () => withTrainOptions(new Command()).opts<TrainSettings>();

/** Settings that come from a file. @throws HeddleError FORMAT naming one that is no option, or whose value is none for it */
export const checkedTrainOptions = (settings: unknown, source: string): Partial<TrainSettings> =>
  checkedOptions(withTrainOptions(new Command()), settings, source);

/** @param images in the training set */
export function trainerOptions(settings: TrainSettings, normalization: Normalization, images: number): TrainerOptions {
  const { batchSize, seed, labelSmoothing, averageDecay, testTimeFlip, maxGradientNorm } = settings;
  const { horizontalFlip, randomCrop, randomErasing } = settings;
  return {
    ...{ inputShape: fashionNetInput, optimizer: optimizerOf(settings), schedule: scheduleOf(settings, images) },
    loss: new CrossEntropyLoss({ labelSmoothing }),
    ...{ batchSize, seed, averageDecay, testTimeFlip, normalization },
    ...(maxGradientNorm === undefined ? {} : { maxGradientNorm }),
    augmentation: { horizontalFlip, randomCrop, randomErasing },
  };
}

function optimizerOf({ optimizer, lr, momentum, nesterov, weightDecay, decay }: TrainSettings): Optimizer {
  if (optimizer === 'sgd') return new SGD({ learningRate: lr ?? 0.15, momentum, nesterov, weightDecay, decay });
  return new { adam: Adam, adamw: AdamW }[optimizer]({ learningRate: lr ?? 0.001, weightDecay, decay });
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
