import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { PoolWindow } from '../kernels/contract/images.js';
import { perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { imageShape, options, required, type Size2d, size2d, windows } from '../validate.js';
import { type Activation, Layer, type LayerPlan, type Planner, samplesOf } from './layer.js';

/** The largest value of each window, [C, H, W] → [C, H′, W′], as torch.nn.MaxPool2d; among equals the first in
 * row-major order has the gradient. The stride is the window unless given. */
export class MaxPool2d extends Layer {
  readonly type: string = 'MaxPool2d';
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];

  constructor(kernelSize: Size2d, given?: { stride?: Size2d }, ...others: never[]) {
    super();
    const form = 'new MaxPool2d(kernelSize, { stride })';
    required(form, { kernelSize });
    const { stride } = options(form, given, { stride: kernelSize }, others);
    this.kernelSize = size2d('MaxPool2d kernelSize', kernelSize, 1);
    this.stride = size2d('MaxPool2d stride', stride, 1);
  }

  arguments() {
    return [this.kernelSize, { stride: this.stride }];
  }

  describe(): string {
    const size = ([height, width]: readonly [number, number]) => (height === width ? height : `(${height}, ${width})`);
    return `MaxPool2d(kernel_size=${size(this.kernelSize)}, stride=${size(this.stride)}, padding=0, dilation=1, ceil_mode=False)`;
  }

  override outputShape(input: Shape): Shape {
    const [channels, height, width] = imageShape(input);
    return [
      channels,
      windows(input, height, this.kernelSize[0], this.stride[0], 0),
      windows(input, width, this.kernelSize[1], this.stride[1], 0),
    ];
  }

  override onnx(): OnnxOperator {
    const attributes = { kernel_shape: { ints: this.kernelSize }, strides: { ints: this.stride } };
    return { opType: 'MaxPool', attributes };
  }

  plan(input: Activation, { kernels, arena, batchSize, activation }: Planner): LayerPlan {
    const [channels, height, width] = input.shape;
    const output = activation(this.outputShape(input.shape), { overwritable: true });
    const window: PoolWindow = {
      height,
      width,
      channels,
      outputHeight: output.shape[1],
      outputWidth: output.shape[2],
      kernelHeight: this.kernelSize[0],
      kernelWidth: this.kernelSize[1],
      strideHeight: this.stride[0],
      strideWidth: this.stride[1],
    };
    const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(output.shape)];
    const argmax = arena.int32(batchSize * outputSize);
    const forward = perShard(({ first, count }) => {
      for (let n = first; n < first + count; n++) {
        const places = samplesOf(argmax, outputSize, n);
        kernels.maxPool(samplesOf(input.data, inputSize, n), window, samplesOf(output.data, outputSize, n), places);
      }
    });
    const backward = perShard(({ first, count }) => {
      for (let n = first; n < first + count; n++) {
        const dy = samplesOf(output.gradient, outputSize, n);
        const places = samplesOf(argmax, outputSize, n);
        kernels.maxPoolBackward(dy, places, window, samplesOf(input.gradient, inputSize, n));
      }
    });
    return { output, forward: [forward], backward: [backward] };
  }
}
