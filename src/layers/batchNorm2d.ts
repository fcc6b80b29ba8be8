import type { Shape } from '../tensor/shape.js';
import { imageShape } from '../validate.js';
import { BatchNorm, type BatchNormOptions } from './batchNorm.js';

/** BatchNorm over each channel of images, [C, H, W], as torch.nn.BatchNorm2d. */
export class BatchNorm2d extends BatchNorm {
  readonly type: string = 'BatchNorm2d';

  constructor(numFeatures: number, options?: BatchNormOptions, ...others: never[]) {
    super('BatchNorm2d', numFeatures, options, others);
  }

  override outputShape(input: Shape): Shape {
    return imageShape(input, this.numFeatures);
  }
}
