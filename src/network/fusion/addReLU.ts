import { Add } from '../../layers/add.js';
import { ReLU } from '../../layers/relu.js';
import { extended, type FusionRule, isA } from './rule.js';

/** Add → ReLU: the sum writes no number below 0. */
export const addReLU: FusionRule = {
  name: 'Add, ReLU',
  modes: ['training', 'evaluation'],
  pattern: [isA(Add, ({ relu }) => !relu), isA(ReLU)],
  fuse([sum, relu]) {
    const [shape, other] = sum.inputShapes;
    return shape.join() === other.join() ? [extended(sum, relu, { relu: true })] : undefined;
  },
};
