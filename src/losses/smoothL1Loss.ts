import { inRange, options } from '../validate.js';
import { RegressionLoss } from './regressionLoss.js';

/** |output − target| less beta / 2 or, where that difference is below beta, its square by 2·beta: in the mean over all numbers
 * of the batch, as torch.nn.SmoothL1Loss. Girshick, "Fast R-CNN", 2015. */
export class SmoothL1Loss extends RegressionLoss {
  readonly type = 'SmoothL1Loss';
  readonly beta: number;

  /** @param given beta 0 or more, default 1; 0 makes it L1Loss */
  constructor(given?: { readonly beta?: number }, ...others: never[]) {
    super();
    const { beta } = options('new SmoothL1Loss({ beta })', given, { beta: 1 }, others);
    this.beta = inRange('SmoothL1Loss beta', beta, 0, Number.MAX_VALUE);
  }

  protected lossOf(output: number, target: number): number {
    const distance = Math.abs(output - target);
    return distance < this.beta ? (0.5 * distance * distance) / this.beta : distance - 0.5 * this.beta;
  }

  protected derivativeOf(output: number, target: number): number {
    const difference = output - target;
    return Math.abs(difference) < this.beta ? difference / this.beta : Math.sign(difference);
  }
}
