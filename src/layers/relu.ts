import { perShard } from '../phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import type { Activation, Layer, LayerPlan, Planner } from './layer.js';

/** y = max(x, 0), as torch.nn.ReLU. Works in place: no layer needs its output once the next one has it. */
export class ReLU implements Layer {
  readonly type = 'ReLU';

  arguments() {
    return [];
  }

  describe(): string {
    return 'ReLU()';
  }

  outputShape(input: Shape): Shape {
    return input;
  }

  plan(input: Activation, { kernels }: Planner): LayerPlan {
    const size = sizeOf(input.shape);
    const samplesOf = (array: Float32Array, first: number, count: number) =>
      array.subarray(first * size, (first + count) * size);
    return {
      output: input,
      forward: [
        perShard(({ first, count }) => {
          const x = samplesOf(input.data, first, count);
          kernels.relu(x, x);
        }),
      ],
      backward: [
        perShard(({ first, count }) => {
          const dy = samplesOf(input.gradient, first, count);
          kernels.reluBackward(samplesOf(input.data, first, count), dy, dy);
        }),
      ],
    };
  }
}
