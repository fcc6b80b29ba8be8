import { nothingElse } from '../validate.js';
import { RegressionLoss } from './regressionLoss.js';

/** |output − target| in the mean over all numbers of the batch, as torch.nn.L1Loss. */
export class L1Loss extends RegressionLoss {
  readonly type = 'L1Loss';

  constructor(...others: never[]) {
    super();
    nothingElse('new L1Loss()', others);
  }

  protected lossOf(output: number, target: number): number {
    return Math.abs(output - target);
  }

  protected derivativeOf(output: number, target: number): number {
    return Math.sign(output - target);
  }
}
