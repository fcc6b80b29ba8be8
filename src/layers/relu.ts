import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Kernels } from '../kernels/kernels.js';
import { type Phase, perShard } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';
import { type Activation, type Fused, type LayerPlan, PlainLayer, type Planner, samplesOf } from './layer.js';

/** y = max(x, 0), as torch.nn.ReLU. Works in place: no layer needs what was before it again. */
export class ReLU extends PlainLayer {
  readonly type: string = 'ReLU';
  override readonly inPlace = 'rectified';

  override onnx(): OnnxOperator {
    return { opType: 'Relu' };
  }

  plan(input: Activation, { kernels, fused }: Planner): LayerPlan {
    const size = sizeOf(input.shape);
    return {
      output: { ...input, overwritable: 'rectified' },
      forward: [
        perShard(({ first, count }) => {
          const x = samplesOf(input.data, size, first, count);
          kernels.relu(x, x);
        }),
      ],
      backward: fused.gradientMasked ? [] : [maskGradient(kernels, input)],
    };
  }
}

/** Between what ReLU or ReLU6 leaves the numbers that it is applied to, if either is. */
export const boundsOf = ({ relu, activation }: Pick<Fused, 'relu' | 'activation'>) => ({
  floor: relu || activation === 'ReLU6' ? 0 : Number.NEGATIVE_INFINITY,
  ceiling: activation === 'ReLU6' ? 6 : Number.POSITIVE_INFINITY,
});

/** The backward of a ReLU, or of ReLU6 by its own kernel, that wrote `data`, in place: what stands there tells where its input
 * was above 0. */
export function maskGradient(
  kernels: Kernels,
  { shape, data, gradient }: Activation,
  backward: Kernels['reluBackward'] = kernels.reluBackward,
): Phase {
  const size = sizeOf(shape);
  return perShard(({ first, count }) => {
    const dy = samplesOf(gradient, size, first, count);
    backward(samplesOf(data, size, first, count), dy, dy);
  });
}
