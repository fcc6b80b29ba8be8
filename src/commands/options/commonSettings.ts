import { availableParallelism } from 'node:os';
import { fashionMnistFolder } from '../../fashionMnist/dataset.js';
import { type KernelChoice, kernelChoices } from '../../kernels/load.js';
import { type ConvolutionChoice, convolutionChoices } from '../../layers/layer.js';
import { networkNames } from './networks.js';
import { integer, number, pathName, positiveNumbers, shapeOfInput, signedNumbers } from './parsers.js';
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
    help: 'a folder of pictures, a folder a class; or IDX, CIFAR or NumPy files',
    parse: pathName,
    default: fashionMnistFolder,
    defaultName: "Fashion-MNIST in heddle's repository",
    resume: 'free',
    perMachine: true,
  },
  kernels: {
    flag: '--kernels <set>',
    help: 'compute kernels; all but relaxed give the same bits',
    choices: kernelChoices as readonly KernelChoice[],
    default: 'auto',
    resume: 'again',
    perMachine: true,
  },
  conv: {
    flag: '--conv <algorithm>',
    help: 'convolutions: Winograd where it serves (auto), or im2col',
    choices: convolutionChoices as readonly ConvolutionChoice[],
    default: 'auto',
  },
} as const satisfies SettingTable;

/** Commands that train have these: what of the data, and which network. */
export const trainedSettings = {
  imageSize: {
    flag: '--image-size <n>',
    help: 'height and width that pictures are resized to (default: as most have, at most 64)',
    parse: integer(1, 4096),
  },
  testShare: {
    flag: '--test-share <s>',
    help: 'of each class, held out to test on where the data has no test set',
    parse: number(0.01, 0.9),
    default: 0.2,
  },
  network: {
    flag: '--network <name>',
    help: `${networkNames.join(', ')}, or a file that exports one (default: by the data)`,
    parse: pathName,
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
    perMachine: true,
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
