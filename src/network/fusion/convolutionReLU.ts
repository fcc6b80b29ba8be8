import { Conv2d } from '../../layers/conv2d.js';
import { ReLU } from '../../layers/relu.js';
import { extended, type FusionRule, isA } from './rule.js';

/** Conv2d → ReLU: the convolution writes no number below 0. */
export const convolutionReLU: FusionRule = {
  name: 'Conv2d, ReLU',
  modes: ['training', 'evaluation'],
  pattern: [isA(Conv2d, ({ relu }) => !relu), isA(ReLU)],
  fuse: ([convolution, relu]) => [extended(convolution, relu, { relu: true })],
};
