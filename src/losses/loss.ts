import type { Kernels } from '../kernels/kernels.js';
import type { Activation } from '../layers/layer.js';
import type { Phase } from '../program/phase.js';

/** What a loss reads and writes of each sample of a batch. */
export interface LossBatch {
  /** The class numbers, from 0 on. */
  readonly targets: Int32Array;
  /** The samples' own losses, which the loss writes. */
  readonly losses: Float64Array;
}

/** What training makes small. */
export interface Loss {
  readonly type: string;
  /** The phase that writes each sample's loss and, in `output.gradient`, the gradient of the mean over the batch. It runs in
   * training and in evaluation, which has no use for the gradient.
   *
   * @throws HeddleError SHAPE saying which output the loss wants */
  plan(output: Activation, batch: LossBatch, kernels: Kernels): Phase;
}
