import { HeddleError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { type Activation, samplesOf } from '../layers/layer.js';
import { type Phase, perShard } from '../phase.js';
import { formatShape } from '../tensor/shape.js';

/**
 * −log softmax(logits)[target] in the mean over the batch, as torch.nn.CrossEntropyLoss. Its phase writes each sample's
 * own loss and the gradient of the mean with respect to the logits.
 */
export class CrossEntropyLoss {
  /** @throws HeddleError SHAPE unless the logits are [classes] */
  plan(kernels: Kernels, logits: Activation, targets: Int32Array, losses: Float64Array): Phase {
    if (logits.shape.length !== 1)
      throw new HeddleError(
        'SHAPE',
        `CrossEntropyLoss got an output of shape ${formatShape(logits.shape)}, wants [classes]; end the network with Flatten and Linear`,
      );
    const [classes] = logits.shape;
    return perShard(({ first, count }, { samples }) => {
      kernels.softmaxCrossEntropy(
        samplesOf(logits.data, classes, first, count),
        count,
        classes,
        targets.subarray(first),
        1 / samples,
        losses.subarray(first),
        samplesOf(logits.gradient, classes, first, count),
      );
    });
  }
}
