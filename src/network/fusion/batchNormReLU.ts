import { BatchNorm2d } from '../../layers/batchNorm2d.js';
import { ReLU } from '../../layers/relu.js';
import { extended, type FusionRule, isA } from './rule.js';

/** BatchNorm2d → ReLU, and BatchNorm2d → Add → ReLU behind batchNormAdd: the map writes no number below 0, and ReLU's mask is
 * put on the gradient as its moments are taken. */
export const batchNormReLU: FusionRule = {
  name: 'BatchNorm2d, ReLU',
  modes: ['training', 'evaluation'],
  pattern: [isA(BatchNorm2d, ({ relu, activation }) => !relu && !activation), isA(ReLU)],
  fuse: ([batchNorm, relu]) => [extended(batchNorm, relu, { relu: true })],
};
