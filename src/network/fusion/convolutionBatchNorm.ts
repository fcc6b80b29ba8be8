import { BatchNorm2d } from '../../layers/batchNorm2d.js';
import { Conv2d } from '../../layers/conv2d.js';
import { extended, type FusionRule, isA } from './rule.js';

/** Conv2d, with ReLU or without → BatchNorm2d, with ReLU, ReLU6 or neither, in evaluation: the map of the running statistics is
 * applied to each output of the convolution before it is written. */
export const convolutionBatchNorm: FusionRule = {
  name: 'Conv2d, BatchNorm2d',
  modes: ['evaluation'],
  pattern: [isA(Conv2d, ({ batchNorm }) => !batchNorm), isA(BatchNorm2d, ({ residual }) => !residual)],
  fuse([convolution, batchNorm]) {
    const { numFeatures, eps, affine, trackRunningStats } = batchNorm.layer as BatchNorm2d;
    if (!trackRunningStats) return undefined;
    const { module = batchNorm.node.name } = batchNorm.node;
    const { relu, activation } = batchNorm.fused;
    return [extended(convolution, batchNorm, { batchNorm: { module, numFeatures, eps, affine, relu, activation } })];
  },
};
