import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Kernels } from '../kernels/kernels.js';
import { type Phase, perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner, samplesOf } from './layer.js';

/** [C, H, W] → [C·H·W] in PyTorch's order (channels slowest), as torch.nn.Flatten. */
export class Flatten extends PlainLayer {
  readonly type: string = 'Flatten';

  override describe(): string {
    return 'Flatten(start_dim=1, end_dim=-1)';
  }

  override outputShape(input: Shape): Shape {
    return [sizeOf(input)];
  }

  override onnx(): OnnxOperator {
    return { opType: 'Flatten', attributes: { axis: { int: 1 } } };
  }

  plan(input: Activation, { kernels, activation }: Planner): LayerPlan {
    const shape = this.outputShape(input.shape);
    if (isFlat(input.shape)) return { output: { ...input, shape }, forward: [], backward: [] };
    const output = activation(shape, { overwritable: true });
    return {
      output,
      forward: [toChannelsFirst(kernels, input.shape, input.data, output.data)],
      backward: [toChannelsLast(kernels, input.shape, output.gradient, input.gradient)],
    };
  }
}

/** Whether a sample's numbers stand in the same order in memory, channels last, and in PyTorch's, channels first. */
export const isFlat = ([channels, height = 1, width = 1]: Shape) => channels === 1 || height * width === 1;

/** Copies the samples of a shard, images of a shape, from the order of memory to PyTorch's. */
export const toChannelsFirst = (
  kernels: Kernels,
  [channels, height, width]: Shape,
  from: Float32Array,
  to: Float32Array,
): Phase => transposed(kernels, height * width, channels, from, to);

/** The way back. */
export const toChannelsLast = (
  kernels: Kernels,
  [channels, height, width]: Shape,
  from: Float32Array,
  to: Float32Array,
): Phase => transposed(kernels, channels, height * width, from, to);

function transposed(kernels: Kernels, rows: number, columns: number, from: Float32Array, to: Float32Array): Phase {
  const size = rows * columns;
  return perShard(({ first, count }) => {
    for (let n = first; n < first + count; n++)
      kernels.transpose(samplesOf(from, size, n), rows, columns, samplesOf(to, size, n));
  });
}
