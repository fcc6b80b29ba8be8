import { MOST_IN_KEY } from '../../tensor/random.js';
import { BELOW_ONE } from '../../validate.js';
import { augmentationSettings } from './augmentationSettings.js';
import {
  networkSettings,
  normalizationSettings,
  outputSettings,
  threadSettings,
  trainedSettings,
} from './commonSettings.js';
import { optimizerSettings } from './optimizerSettings.js';
import { integer, number, pathName, words } from './parsers.js';
import { recipeNames } from './recipes.js';
import type { Setting, SettingTable, ValuesOf } from './setting.js';

/** All settings of a run of `train`. */
export const trainSettings = {
  ...outputSettings,
  ...networkSettings,
  ...trainedSettings,
  weights: {
    flag: '--weights <file>',
    help: 'start from these, of heddle or PyTorch; a last layer for other classes is new',
    parse: pathName,
  },
  freeze: {
    flag: '--freeze <pattern>',
    help: 'modules to leave as they are: layer1,layer2, or all, but the last layer',
    parse: words,
    needs: ['weights'],
  },
  recipe: {
    flag: '--recipe <name>',
    help: "the original's settings, those best for Fashion-MNIST, or some for any data (default: by the data)",
    choices: recipeNames,
    resume: 'refused',
  },
  config: {
    flag: '--config <file>',
    help: 'JSON with any of these options, in camelCase, such as tune writes',
    parse: pathName,
    resume: 'refused',
    commandLineOnly: true,
  },
  epochs: {
    flag: '--epochs <n>',
    help: 'passes over the training set; with the general recipe, as many as the data want',
    parse: integer(1),
    default: 5,
    resume: 'free',
  },
  batchSize: { flag: '--batch-size <n>', help: 'images per step', parse: integer(1), default: 100, part: 'trainer' },
  dropLast: {
    flag: '--drop-last',
    help: 'leave out the last batch of an epoch if it is smaller',
    default: false,
    off: 'train on it too',
    part: 'trainer',
  },
  shards: {
    flag: '--shards <n>',
    help: 'parts of a batch, whose sums are added in their order; no fewer than machines',
    parse: integer(1),
    default: 20,
    part: 'trainer',
  },
  ...optimizerSettings,
  schedule: {
    flag: '--schedule <name>',
    help: "the learning rate's course over the run's steps",
    choices: ['constant', 'step', 'cosine', 'onecycle', 'triangular'],
    default: 'constant',
    part: 'schedule',
  },
  warmup: {
    flag: '--warmup <share>',
    help: 'of the steps of cosine, onecycle or triangular, in which the rate rises',
    parse: number(0, 1),
    default: 0.25,
    part: 'schedule',
    needs: ['schedule', 'cosine', 'onecycle', 'triangular'],
  },
  lrStep: {
    flag: '--lr-step <epochs>',
    help: 'of the schedule step: epochs after which the rate falls',
    parse: number(0),
    default: 1,
    part: 'schedule',
    needs: ['schedule', 'step'],
  },
  gamma: {
    flag: '--gamma <factor>',
    help: 'by which it is then multiplied',
    parse: number(0),
    default: 0.5,
    part: 'schedule',
    needs: ['schedule', 'step'],
  },
  labelSmoothing: {
    flag: '--label-smoothing <s>',
    help: 'share of the target that all classes divide',
    parse: number(0, 1),
    default: 0,
    part: 'loss',
  },
  maxGradientNorm: {
    flag: '--max-gradient-norm <norm>',
    help: 'scale gradients down to it',
    parse: number(0),
    part: 'trainer',
  },
  averageDecay: {
    flag: '--average-decay <d>',
    help: 'evaluate and save the moving average of weights and statistics',
    parse: number(0, BELOW_ONE),
    default: 0,
    part: 'trainer',
  },
  updateBn: {
    flag: '--update-bn <batches>',
    help: "training batches from which BatchNorm's statistics are made anew after each epoch, such as 50",
    parse: integer(0),
    default: 0,
    part: 'trainer',
  },
  ...augmentationSettings,
  testTimeFlip: {
    flag: '--test-time-flip',
    help: 'evaluate the mean of each image and its mirror image',
    default: false,
    off: 'evaluate each image alone',
    part: 'trainer',
  },
  testTimeShift: {
    flag: '--test-time-shift <pixels>',
    help: 'evaluate also each image shifted by so many, up left and down right, such as 1',
    parse: integer(0),
    default: 0,
    part: 'trainer',
  },
  dropout: {
    flag: '--dropout <p>',
    help: "the network's, where it has some (default: the network's own)",
    parse: number(0, 1),
    part: 'network',
  },
  seed: {
    flag: '--seed <n>',
    help: 'initial weights, order of the images, augmentation and dropout',
    parse: integer(0, MOST_IN_KEY),
    default: 0,
  },
  ...threadSettings,
  limit: { flag: '--limit <n>', help: 'train on the first n images only', parse: integer(1) },
  validation: {
    flag: '--validation <n>',
    help: 'hold n training images out, drawn at random, and evaluate on them too',
    parse: integer(1),
  },
  earlyStopping: {
    flag: '--early-stopping <epochs>',
    help: 'without a better validation accuracy; the best weights stay',
    parse: integer(1),
    needs: ['validation'],
    resume: 'free',
  },
  ...normalizationSettings("instead of the training set's"),
  profile: {
    flag: '--profile',
    help: 'print where the time of a step goes, by layer and pass',
    default: false,
    resume: 'again',
  },
  out: {
    flag: '--out <dir>',
    help: 'folder for the model, metrics and configuration (default: "runs/DATE-TIME")',
    parse: pathName,
    resume: 'refused',
  },
  tensorboard: {
    flag: '--tensorboard [dir]',
    help: "write TensorBoard's event files (default folder: tensorboard in the run's)",
    parse: pathName,
    resume: 'again',
    perMachine: true,
    commandLineOnly: true,
  },
  csv: {
    flag: '--csv <file>',
    help: 'write the metrics of each epoch to this file too, a line each',
    parse: pathName,
    resume: 'again',
    perMachine: true,
    commandLineOnly: true,
  },
  page: {
    flag: '--page',
    help: 'serve a page on this machine that shows the run, pauses it, stops it, and changes its learning rate',
    default: false,
    resume: 'again',
    commandLineOnly: true,
  },
  checkpointEvery: {
    flag: '--checkpoint-every <n>',
    help: 'steps between checkpoints, besides those after each epoch',
    parse: integer(1),
    resume: 'again',
  },
  changes: {
    flag: '--changes <file>',
    help: 'changes of the learning rate behind certain steps: changes.jsonl of a run, to repeat it',
    parse: pathName,
    resume: 'refused',
    commandLineOnly: true,
  },
  resume: {
    flag: '--resume <dir>',
    help: 'go on with the run in this folder, to the same bits',
    parse: pathName,
    commandLineOnly: true,
  },
} as const satisfies SettingTable;

export type TrainTable = typeof trainSettings;
export type TrainSettings = ValuesOf<TrainTable>;

type NamesOf<Part> = {
  [Name in keyof TrainTable]: TrainTable[Name] extends { part: Part } ? Name : never;
}[keyof TrainTable];

/** The settings of one part of a training. */
export const partOf = <Part extends Setting['part']>(settings: TrainSettings, part: Part) =>
  Object.fromEntries(
    Object.entries(trainSettings as SettingTable).flatMap(([name, setting]) => {
      const value = settings[name as keyof TrainSettings];
      return setting.part === part && value !== undefined ? [[name, value]] : [];
    }),
  ) as Pick<TrainSettings, NamesOf<Part>>;

/** The settings that a search space may have. */
export const searchableSettings: SettingTable = Object.fromEntries(
  Object.entries(trainSettings as SettingTable).filter(([, { part }]) => part !== undefined),
);
