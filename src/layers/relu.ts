import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Kernels } from '../kernels/kernels.js';
import { type Phase, perShard } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner, samplesOf } from './layer.js';

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

/** The backward of a ReLU that wrote `data`, in place: what stands there tells where its input was above 0. */
export function maskGradient(kernels: Kernels, { shape, data, gradient }: Activation): Phase {
  const size = sizeOf(shape);
  return perShard(({ first, count }) => {
    const dy = samplesOf(gradient, size, first, count);
    kernels.reluBackward(samplesOf(data, size, first, count), dy, dy);
  });
}
