import { availableParallelism } from 'node:os';
import { fashionMnistFolder } from '../../fashionMnist/dataset.js';
import { type KernelChoice, kernelChoices } from '../../kernels/load.js';
import { type ConvolutionChoice, convolutionChoices } from '../../layers/layer.js';
import { integer, pathName, positiveNumbers, shapeOfInput, signedNumbers } from './parsers.js';
import type { SettingTable } from './setting.js';

/** All commands have this. */
export const outputSettings = {
  json: {
    flag: '--json',
    help: 'print JSON, one object a line, and nothing else on standard output',
    default: false,
    resume: 'again',
  },
} as const satisfies SettingTable;

/** Commands that run the network on a data set have these. */
export const networkSettings = {
  data: {
    flag: '--data <dir>',
    help: 'folder with the four IDX files of Fashion-MNIST or MNIST',
    parse: pathName,
    default: fashionMnistFolder,
    resume: 'free',
  },
  kernels: {
    flag: '--kernels <set>',
    help: 'compute kernels; all but relaxed give the same bits',
    choices: kernelChoices as readonly KernelChoice[],
    default: 'auto',
    resume: 'again',
  },
  conv: {
    flag: '--conv <algorithm>',
    help: 'convolutions: Winograd where it serves (auto), or im2col',
    choices: convolutionChoices as readonly ConvolutionChoice[],
    default: 'auto',
  },
} as const satisfies SettingTable;

/** Commands that share their work among threads have this. */
export const threadSettings = {
  workers: {
    flag: '--workers <n>',
    help: 'worker threads; the result does not depend on it',
    parse: integer(1, 1024),
    default: availableParallelism(),
    resume: 'again',
  },
} as const satisfies SettingTable;

/** Commands that read a trained model have this. */
export const weightsSettings = {
  weights: {
    flag: '--weights <file>',
    help: 'a model.safetensors, which says all there is to know; or weights of PyTorch',
    parse: pathName,
    required: true,
  },
  network: {
    flag: '--network <name|file>',
    help: 'whose weights they are, where their file does not say it: as for train',
    parse: pathName,
  },
  inputShape: {
    flag: '--input-shape <c,h,w>',
    help: "of that network's input (default: 3,224,224; of fashion and lenet5 1,28,28)",
    parse: shapeOfInput,
  },
} as const satisfies SettingTable;

/** The scaling of the input, both settings or neither; `instead` says of what they take the place. */
export const normalizationSettings = (instead = "whatever the weights' file says") =>
  ({
    mean: {
      flag: '--mean <m>',
      help: `with --std: the input scaling (pixel / 255 - m) / s, ${instead}; one for all channels, or 0.5,0.4,0.4`,
      parse: signedNumbers,
    },
    std: { flag: '--std <s>', help: 'see --mean', parse: positiveNumbers },
  }) as const satisfies SettingTable;
