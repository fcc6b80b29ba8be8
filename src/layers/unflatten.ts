import { HeddleError } from '../errors.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { kindOf, nothingElse, required, wholeNumber } from '../validate.js';
import { isFlat, toChannelsFirst, toChannelsLast } from './flatten.js';
import { type Activation, Layer, type LayerPlan, type Planner } from './layer.js';

/** [C·H·W] in PyTorch's order → [C, H, W], as torch.nn.Unflatten in dimension 1. */
export class Unflatten extends Layer {
  readonly type: string = 'Unflatten';
  readonly shape: Shape;

  constructor(shape: Shape, ...others: never[]) {
    super();
    const form = 'new Unflatten([channels, height, width])';
    required(form, { shape });
    nothingElse(form, others);
    if (!Array.isArray(shape) || shape.length !== 3)
      throw new HeddleError('ARGUMENT', `Unflatten shape must be [channels, height, width], not ${kindOf(shape)}`);
    this.shape = shape.map((length) => wholeNumber('Unflatten shape', length, 1));
  }

  arguments() {
    return [this.shape];
  }

  describe(): string {
    return `Unflatten(dim=1, unflattened_size=(${this.shape.join(', ')}))`;
  }

  override outputShape(input: Shape): Shape {
    if (input.length !== 1 || input[0] !== sizeOf(this.shape))
      throw new HeddleError('SHAPE', `got an input of shape ${formatShape(input)}, wants [${sizeOf(this.shape)}]`);
    return this.shape;
  }

  override onnx(): OnnxOperator {
    const lengths = BigInt64Array.from([-1, ...this.shape], BigInt);
    return { opType: 'Reshape', constants: [{ shape: [lengths.length], data: lengths }] };
  }

  plan(input: Activation, { kernels, activation }: Planner): LayerPlan {
    const { shape } = this;
    if (isFlat(shape)) return { output: { ...input, shape }, forward: [], backward: [] };
    const output = activation(shape, { overwritable: true });
    return {
      output,
      forward: [toChannelsLast(kernels, shape, input.data, output.data)],
      backward: [toChannelsFirst(kernels, shape, output.gradient, input.gradient)],
    };
  }
}
