import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { nothingElse } from '../validate.js';
import { type Activation, type Layer, type LayerPlan, type Planner, samplesOf } from './layer.js';

/**
 * y = max(x, 0), as torch.nn.ReLU. Works in place: no layer needs what was before it again. The layer before it does it
 * in the same pass if it can, the one behind it the backward.
 */
export class ReLU implements Layer {
  readonly type = 'ReLU';
  readonly inPlace = true;

  constructor(...others: never[]) {
    nothingElse('new ReLU()', others);
  }

  arguments() {
    return [];
  }

  describe(): string {
    return 'ReLU()';
  }

  outputShape(input: Shape): Shape {
    return input;
  }

  onnx(): OnnxOperator {
    return { opType: 'Relu' };
  }

  plan(input: Activation, { kernels }: Planner): LayerPlan {
    const size = sizeOf(input.shape);
    input.fuseReLU?.();
    let masked = false;
    const fuseMask = () => {
      masked = true;
      return 1;
    };
    return {
      output: {
        ...{ ...input, fuseReLU: undefined, fuseAffine: input.fuseReLU && input.fuseAffine },
        ...{ fuseMask, fusePooling: undefined },
      },
      forward: input.fuseReLU
        ? []
        : [
            perShard(({ first, count }) => {
              const x = samplesOf(input.data, size, first, count);
              kernels.relu(x, x);
            }),
          ],
      backward: [
        perShard(({ first, count }) => {
          if (masked) return;
          const dy = samplesOf(input.gradient, size, first, count);
          kernels.reluBackward(samplesOf(input.data, size, first, count), dy, dy);
        }),
      ],
    };
  }
}
