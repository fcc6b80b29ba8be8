import { BatchNorm2d } from '../../layers/batchNorm2d.js';
import { Dropout } from '../../layers/dropout.js';
import { ReLU } from '../../layers/relu.js';
import { extended, type FusionRule, isA } from './rule.js';

/** ReLU → Dropout, any number of them → BatchNorm2d: BatchNorm puts ReLU's mask on the gradient, and Dropout's, as it writes it.
 * Both are where its input is not above 0. */
export const rectifiedBatchNorm: FusionRule = {
  name: 'ReLU, Dropout, BatchNorm2d',
  modes: ['training'],
  pattern: [
    { accepts: ({ layer, fused }) => layer.constructor === ReLU || fused.relu === true },
    { ...isA(Dropout), repeated: true },
    isA(BatchNorm2d, ({ inputMask }) => inputMask === undefined),
  ],
  fuse(operations) {
    const batchNorm = operations[operations.length - 1];
    const dropouts = operations.slice(1, -1);
    const mask = dropouts.reduce((product, { layer }) => product * (layer as Dropout).scale, 1);
    // With p = 1 nothing is above 0, and no factor is to be had.
    if (mask === 0) return undefined;
    return [
      ...operations.slice(0, -1).map((operation) => extended(operation, operation, { gradientMasked: true })),
      extended(batchNorm, batchNorm, { inputMask: mask }),
    ];
  },
};
