import { HeddleError } from '../errors.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { BatchNorm, type BatchNormOptions } from './batchNorm.js';

/** BatchNorm over each feature, [features], as torch.nn.BatchNorm1d. */
export class BatchNorm1d extends BatchNorm {
  readonly type: string = 'BatchNorm1d';

  constructor(numFeatures: number, options?: BatchNormOptions, ...others: never[]) {
    super('BatchNorm1d', numFeatures, options, others);
  }

  override outputShape(input: Shape): Shape {
    if (input.length === 1 && input[0] === this.numFeatures) return input;
    const advice = input.length === 3 ? '; put a Flatten before it, or use BatchNorm2d' : '';
    throw new HeddleError('SHAPE', `got an input of shape ${formatShape(input)}, wants [${this.numFeatures}]${advice}`);
  }
}
