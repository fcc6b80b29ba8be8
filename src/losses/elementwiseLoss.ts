import type { NdArray } from 'ndarray';
import type { Activation } from '../layers/layer.js';
import { type Phase, perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import type { NestedNumbers, TensorLike } from '../tensor/tensorLike.js';
import type { TensorSource } from '../tensor/view.js';
import { required } from '../validate.js';
import { forwardLoss } from './forward.js';
import type { Loss, LossBatch, TargetKind } from './loss.js';

/** A loss of each number of the output and a float target of its own, in the mean over all of them. The loss of a sample is the
 * mean over its numbers. */
export abstract class ElementwiseLoss implements Loss {
  abstract readonly type: string;

  /** @param label the number's place on the output's first axis */
  protected abstract lossOf(output: number, target: number, label: number): number;

  /** Of that loss with respect to the output. */
  protected abstract derivativeOf(output: number, target: number, label: number): number;

  targetsOf(output: Shape): TargetKind {
    return { of: 'floats', shape: output };
  }

  /** @param outputs [samples, …]
   * @param targets of the same shape
   * @returns the loss, and its gradient with respect to the outputs, for Model.backward
   * @throws HeddleError SHAPE when outputs and targets do not fit each other */
  forward(
    outputs: TensorSource | NestedNumbers,
    targets: TensorLike,
  ): { loss: number; gradient: NdArray<Float32Array> } {
    required('criterion.forward(outputs, targets)', { outputs, targets });
    return forwardLoss(this, 'the outputs', outputs, targets);
  }

  plan({ shape, data, gradient }: Activation, { targets, losses }: LossBatch): Phase {
    const [labels] = shape;
    const { shape: targetShape } = this.targetsOf(shape);
    const size = sizeOf(targetShape);
    return perShard(({ first, count }, { samples }) => {
      const share = 1 / (samples * size);
      for (let n = first; n < first + count; n++) {
        let sum = 0;
        for (let pixel = n * size; pixel < (n + 1) * size; pixel += labels)
          for (let label = 0; label < labels; label++) {
            const i = pixel + label;
            sum += this.lossOf(data[i], targets[i], label);
            gradient[i] = this.derivativeOf(data[i], targets[i], label) * share;
          }
        losses[n] = sum / size;
      }
    });
  }
}
