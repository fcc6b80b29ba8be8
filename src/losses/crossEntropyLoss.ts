import ndarray, { type NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { referenceKernels } from '../kernels/reference/index.js';
import { type Activation, samplesOf } from '../layers/layer.js';
import { type Phase, perShard } from '../program/phase.js';
import { formatShape } from '../tensor/shape.js';
import { type NestedNumbers, readRow, readTensor } from '../tensor/tensorLike.js';
import { rowMajor, type TensorSource } from '../tensor/view.js';
import { inRange, options, required } from '../validate.js';
import type { Loss, LossBatch } from './loss.js';

/** −log softmax(logits)[target] in the mean over the batch, as torch.nn.CrossEntropyLoss. With label smoothing the target
 * is 1 − labelSmoothing of that class and labelSmoothing of all classes in equal shares. Szegedy et al., 2016. */
export class CrossEntropyLoss implements Loss {
  readonly type = 'CrossEntropyLoss';
  readonly labelSmoothing: number;

  /** @param given labelSmoothing from 0 to 1, default 0 */
  constructor(given?: { readonly labelSmoothing?: number }, ...others: never[]) {
    const form = 'new CrossEntropyLoss({ labelSmoothing })';
    const { labelSmoothing } = options(form, given, { labelSmoothing: 0 }, others);
    this.labelSmoothing = inRange('CrossEntropyLoss labelSmoothing', labelSmoothing, 0, 1);
  }

  /** @param logits [samples, classes]
   * @param targets a class number for each sample, 64-bit integers too
   * @returns the loss, and its gradient with respect to the logits, for Model.backward
   * @throws HeddleError SHAPE when logits and targets do not fit each other */
  forward(
    logits: TensorSource | NestedNumbers,
    targets: ArrayLike<number | bigint> | TensorSource,
  ): { loss: number; gradient: NdArray<Float32Array> } {
    required('criterion.forward(logits, targets)', { logits, targets });
    const { data, shape, stride, offset } = readTensor('the logits tensor', logits);
    const [samples, classes] = shape;
    if (shape.length !== 2 || samples === 0)
      throw new HeddleError('SHAPE', `the logits have shape ${formatShape(shape)}; expected [samples, classes]`);
    const numbers = readRow('the targets', targets);
    checkTargets(numbers, samples, classes);
    const losses = new Float64Array(samples);
    const gradient = new Float32Array(samples * classes);
    const rows = rowMajor({ data, shape, stride, offset });
    const labels = Int32Array.from(numbers);
    const { labelSmoothing: smoothing } = this;
    referenceKernels.softmaxCrossEntropy(rows, samples, classes, labels, smoothing, 1 / samples, losses, gradient);
    return { loss: losses.reduce((sum, loss) => sum + loss, 0) / samples, gradient: ndarray(gradient, [...shape]) };
  }

  /** The phase that writes each sample's own loss and the gradient of the mean with respect to the logits; without
   * smoothing when not training.
   *
   * @throws HeddleError SHAPE unless the logits are [classes] */
  plan(logits: Activation, { targets, losses }: LossBatch, { kernels }: { readonly kernels: Kernels }): Phase {
    if (logits.shape.length !== 1)
      throw new HeddleError(
        'SHAPE',
        `CrossEntropyLoss got an output of shape ${formatShape(logits.shape)}, wants [classes]; end the network with Flatten and Linear`,
      );
    const [classes] = logits.shape;
    return perShard(({ first, count }, { samples, training }) => {
      const [rows, gradient] = [logits.data, logits.gradient].map((data) => samplesOf(data, classes, first, count));
      const labels = (targets as Int32Array).subarray(first);
      const own = losses.subarray(first);
      const smoothing = training ? this.labelSmoothing : 0;
      kernels.softmaxCrossEntropy(rows, count, classes, labels, smoothing, 1 / samples, own, gradient);
    });
  }
}

function checkTargets(targets: ArrayLike<number>, samples: number, classes: number): void {
  if (targets.length !== samples)
    throw new HeddleError('SHAPE', `there are ${targets.length} targets for ${samples} samples; expected one for each`);
  for (let n = 0; n < samples; n++)
    if (!(Number.isInteger(targets[n]) && targets[n] >= 0 && targets[n] < classes))
      throw new HeddleError('SHAPE', `target ${n} is ${targets[n]}; expected a class number from 0 to ${classes - 1}`);
}
