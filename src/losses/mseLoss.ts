import { nothingElse } from '../validate.js';
import { RegressionLoss } from './regressionLoss.js';

/** (output − target)² in the mean over all numbers of the batch, as torch.nn.MSELoss. */
export class MSELoss extends RegressionLoss {
  readonly type = 'MSELoss';

  constructor(...others: never[]) {
    super();
    nothingElse('new MSELoss()', others);
  }

  protected lossOf(output: number, target: number): number {
    return (output - target) * (output - target);
  }

  protected derivativeOf(output: number, target: number): number {
    return 2 * (output - target);
  }
}
