import type { Kernels } from '../kernels/kernels.js';
import type { Activation } from '../layers/layer.js';
import { type Phase, perShard } from '../phase.js';
import { sizeOf } from '../tensor/shape.js';

/**
 * −log softmax(logits)[target] in the mean over the batch, as torch.nn.CrossEntropyLoss. Its phase writes each sample's
 * own loss and the gradient of the mean with respect to the logits.
 */
export class CrossEntropyLoss {
  plan(kernels: Kernels, logits: Activation, targets: Int32Array, losses: Float64Array): Phase {
    const classes = sizeOf(logits.shape);
    const rowsOf = (array: Float32Array, first: number, count: number) =>
      array.subarray(first * classes, (first + count) * classes);
    return perShard(({ first, count }, { samples }) => {
      kernels.softmaxCrossEntropy(
        rowsOf(logits.data, first, count),
        count,
        classes,
        targets.subarray(first),
        1 / samples,
        losses.subarray(first),
        rowsOf(logits.gradient, first, count),
      );
    });
  }
}
