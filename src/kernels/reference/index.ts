import type { Kernels } from '../kernels.js';
import { activationKernels } from './activations.js';
import { channelKernels } from './channels.js';
import { depthwiseKernels } from './depthwise.js';
import { elementKernels } from './elements.js';
import { factorKernels } from './factors.js';
import { imageKernels } from './images.js';
import { productKernels } from './products.js';
import { trainingKernels } from './training.js';
import { winogradKernels } from './winograd.js';

/** The kernels in plain TypeScript: the specification, and what runs where WebAssembly has no vectors. */
export const referenceKernels: Kernels = {
  name: 'reference',
  ...productKernels,
  ...winogradKernels,
  ...depthwiseKernels,
  ...channelKernels,
  ...factorKernels,
  ...elementKernels,
  ...activationKernels,
  ...imageKernels,
  ...trainingKernels,
};
