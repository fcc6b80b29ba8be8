import { Add } from '../../layers/add.js';
import { BatchNorm2d } from '../../layers/batchNorm2d.js';
import { extended, type FusionRule, isA, isPlain } from './rule.js';

/** BatchNorm2d → Add: the other value is added as the normalized one is written. */
export const batchNormAdd: FusionRule = {
  name: 'BatchNorm2d, Add',
  modes: ['training', 'evaluation'],
  pattern: [isA(BatchNorm2d, isPlain), isA(Add, ({ relu }) => !relu)],
  fuse([batchNorm, sum]) {
    const [shape, other] = sum.inputShapes;
    if (shape.join() !== other.join()) return undefined;
    const place = sum.inputs[0] === batchNorm.output ? 1 : 0;
    const joined = extended(batchNorm, sum, { residual: true });
    return [
      {
        ...joined,
        inputs: [...joined.inputs, sum.inputs[place]],
        inputShapes: [...joined.inputShapes, sum.inputShapes[place]],
      },
    ];
  },
};
