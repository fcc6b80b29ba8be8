import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { nothingElse } from '../validate.js';
import { type Activation, type Layer, type LayerPlan, type Planner, samplesOf } from './layer.js';

/** [C, H, W] → [C·H·W] in PyTorch's order (channels slowest), as torch.nn.Flatten. */
export class Flatten implements Layer {
  readonly type = 'Flatten';

  constructor(...others: never[]) {
    nothingElse('new Flatten()', others);
  }

  arguments() {
    return [];
  }

  describe(): string {
    return 'Flatten(start_dim=1, end_dim=-1)';
  }

  outputShape(input: Shape): Shape {
    return [sizeOf(input)];
  }

  onnx(): OnnxOperator {
    return { opType: 'Flatten', attributes: { axis: { int: 1 } } };
  }

  plan(input: Activation, { kernels, activation }: Planner): LayerPlan {
    const shape = this.outputShape(input.shape);
    if (input.shape.length === 1) return { output: input, forward: [], backward: [] };
    const output = activation(shape, { overwritable: true });
    const [channels, height, width] = input.shape;
    const [pixels, size] = [height * width, shape[0]];
    return {
      output,
      forward: [
        perShard(({ first, count }) => {
          for (let n = first; n < first + count; n++)
            kernels.transpose(samplesOf(input.data, size, n), pixels, channels, samplesOf(output.data, size, n));
        }),
      ],
      backward: [
        perShard(({ first, count }) => {
          for (let n = first; n < first + count; n++)
            kernels.transpose(
              samplesOf(output.gradient, size, n),
              channels,
              pixels,
              samplesOf(input.gradient, size, n),
            );
        }),
      ],
    };
  }
}
