import { type OnnxOperator, paddedImage } from '../formats/onnxOperator.js';
import type { PoolWindow } from '../kernels/contract/images.js';
import { perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { options, required, type Size2d } from '../validate.js';
import { perLines } from './cut.js';
import { type Activation, type LayerPlan, type Planner, samplesOf } from './layer.js';
import { Pool2d } from './pool2d.js';
import { flagText, sizeText } from './pythonText.js';

export interface MaxPool2dOptions {
  /** Default the window. */
  stride?: Size2d;
  /** Pixels on each side that count for −∞, at most half the window; default 0. */
  padding?: Size2d;
  /** From a place of a window to the next, default 1. */
  dilation?: Size2d;
  /** Whether there are windows that reach over the end, if they begin before it. Default false. */
  ceilMode?: boolean;
}

/** The largest value of each window, [C, H, W] → [C, H′, W′], as torch.nn.MaxPool2d; among equals the first in
 * row-major order has the gradient. */
export class MaxPool2d extends Pool2d {
  readonly type: string = 'MaxPool2d';

  constructor(kernelSize: Size2d, given?: MaxPool2dOptions, ...others: never[]) {
    const form = 'new MaxPool2d(kernelSize, { stride, padding, dilation, ceilMode })';
    required(form, { kernelSize });
    const defaults = { stride: kernelSize, padding: 0, dilation: 1, ceilMode: false };
    super({ kernelSize, ...options(form, given, defaults, others) });
  }

  arguments() {
    const { stride, padding, dilation, ceilMode } = this;
    return [this.kernelSize, { stride, padding, dilation, ceilMode }];
  }

  describe(): string {
    const [size, stride, padding, dilation] = [this.kernelSize, this.stride, this.padding, this.dilation].map(sizeText);
    return `MaxPool2d(kernel_size=${size}, stride=${stride}, padding=${padding}, dilation=${dilation}, ceil_mode=${flagText(this.ceilMode)})`;
  }

  /** Windows that reach over the end get as much padding there, as programs do not agree on which of them ceil_mode keeps. The
   * operator takes less than the window itself, without dilation: more has an operator of its own. */
  override onnx(input: Shape): OnnxOperator | readonly OnnxOperator[] {
    const [, ...output] = this.outputShape(input);
    const ends = output.map((count, axis) => {
      const reach = (count - 1) * this.stride[axis] + this.dilation[axis] * (this.kernelSize[axis] - 1) + 1;
      return Math.max(this.padding[axis], reach - this.padding[axis] - input[1 + axis]);
    });
    const pooled = (pads: readonly number[]): OnnxOperator => ({
      opType: 'MaxPool',
      attributes: {
        kernel_shape: { ints: this.kernelSize },
        strides: { ints: this.stride },
        pads: { ints: pads },
        dilations: { ints: this.dilation },
      },
    });
    if (ends.every((end, axis) => end < this.kernelSize[axis])) return pooled(this.padding.concat(ends));
    return [paddedImage(this.padding, ends, Number.NEGATIVE_INFINITY), pooled([0, 0, 0, 0])];
  }

  plan(input: Activation, { kernels, arena, batchSize, activation }: Planner): LayerPlan {
    const output = activation(this.outputShape(input.shape), { overwritable: true });
    const window = this.windowOn(input.shape);
    const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(output.shape)];
    const argmax = arena.int32(batchSize * outputSize);
    const { outputHeight, outputWidth, channels, strideHeight, paddingHeight } = window;
    const forward = perLines(batchSize, outputHeight, ({ sample, first, count }) => {
      const windows = { ...window, outputHeight: count, paddingHeight: paddingHeight - first * strideHeight };
      const start = sample * outputSize + first * outputWidth * channels;
      const x = samplesOf(input.data, inputSize, sample);
      kernels.maxPool(x, windows, output.data.subarray(start), argmax.subarray(start));
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

  private windowOn(input: Shape): PoolWindow {
    const [channels, height, width] = input;
    const [, outputHeight, outputWidth] = this.outputShape(input);
    const [paddingHeight, paddingWidth] = this.padding;
    return {
      height,
      width,
      channels,
      outputHeight,
      outputWidth,
      kernelHeight: this.kernelSize[0],
      kernelWidth: this.kernelSize[1],
      strideHeight: this.stride[0],
      strideWidth: this.stride[1],
      paddingHeight,
      paddingWidth,
      // A longer step leads out of the image as well, and may be more than the kernels count to.
      dilationHeight: Math.min(this.dilation[0], height + paddingHeight),
      dilationWidth: Math.min(this.dilation[1], width + paddingWidth),
    };
  }
}
