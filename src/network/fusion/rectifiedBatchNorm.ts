import { BatchNorm2d } from '../../layers/batchNorm2d.js';
import { Dropout } from '../../layers/dropout.js';
import { ReLU } from '../../layers/relu.js';
import { extended, type FusionRule, isA } from './rule.js';

/** ReLU → BatchNorm2d, with a Dropout between or without: BatchNorm puts ReLU's mask on the gradient, and Dropout's, as it writes
 * it. Both are where its input is not above 0. (Two Dropouts would round twice.) */
export const rectifiedBatchNorm: FusionRule = {
  name: 'ReLU, Dropout, BatchNorm2d',
  modes: ['training'],
  pattern: [
    { accepts: ({ layer, fused }) => layer.constructor === ReLU || fused.relu === true },
    { ...isA(Dropout), optional: true },
    isA(BatchNorm2d, ({ inputMask }) => inputMask === undefined),
  ],
  fuse(operations) {
    const before = operations.slice(0, -1);
    const batchNorm = operations[before.length];
    const mask = before.length > 1 ? (before[1].layer as Dropout).scale : 1;
    // With p = 1 nothing is above 0, and no factor is to be had. A frozen one writes its gradient without its input, where
    // the masks are. A residual is not what is normalized.
    if (mask === 0 || batchNorm.frozen || batchNorm.inputs[0] !== before[before.length - 1].output) return undefined;
    return [
      ...before.map((operation) => extended(operation, operation, { gradientMasked: true })),
      extended(batchNorm, batchNorm, { inputMask: mask }),
    ];
  },
};
