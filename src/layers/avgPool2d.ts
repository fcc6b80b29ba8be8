import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Shape } from '../tensor/shape.js';
import { flag, options, required, type Size2d, wholeNumber } from '../validate.js';
import { type AverageWindows, averagesOperator, planAverages } from './averagePooling.js';
import type { Activation, LayerPlan, Planner } from './layer.js';
import { Pool2d } from './pool2d.js';
import { sizeText } from './pythonText.js';

export interface AvgPool2dOptions {
  /** Default the window. */
  stride?: Size2d;
  /** Zeros on each side, at most half the window; default 0. */
  padding?: Size2d;
  /** Whether there are windows that reach over the end, if they begin before it. Default false. */
  ceilMode?: boolean;
  /** Whether the padding's zeros count as pixels of a window, but not what lies beyond them. Default true. */
  countIncludePad?: boolean;
  /** What sums are divided by instead of the number of a window's pixels. */
  divisorOverride?: number | null;
}

/** The mean of each window, [C, H, W] → [C, H′, W′], as torch.nn.AvgPool2d; summed in float64, in row-major order. */
export class AvgPool2d extends Pool2d {
  readonly type: string = 'AvgPool2d';
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;

  constructor(kernelSize: Size2d, given?: AvgPool2dOptions, ...others: never[]) {
    const form = 'new AvgPool2d(kernelSize, { stride, padding, ceilMode, countIncludePad, divisorOverride })';
    required(form, { kernelSize });
    const defaults = { stride: kernelSize, padding: 0, ceilMode: false, countIncludePad: true, divisorOverride: null };
    const { countIncludePad, divisorOverride, ...sliding } = options(form, given, defaults, others);
    super({ kernelSize, dilation: 1, ...sliding });
    this.countIncludePad = flag('AvgPool2d countIncludePad', countIncludePad);
    this.divisorOverride =
      divisorOverride === null ? null : wholeNumber('AvgPool2d divisorOverride', divisorOverride, 1, 2 ** 31 - 1);
  }

  arguments() {
    const { stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return [this.kernelSize, { stride, padding, ceilMode, countIncludePad, divisorOverride }];
  }

  describe(): string {
    const [size, stride, padding] = [this.kernelSize, this.stride, this.padding].map(sizeText);
    return `AvgPool2d(kernel_size=${size}, stride=${stride}, padding=${padding})`;
  }

  /** ONNX's operator has no divisor, and programs that read it do not agree on what a window over the end is divided by. */
  override onnx(input: Shape): OnnxOperator {
    if (this.ceilMode || this.divisorOverride !== null)
      return averagesOperator(input, this.outputShape(input), this.windowsOn(input));
    return {
      opType: 'AveragePool',
      attributes: {
        kernel_shape: { ints: this.kernelSize },
        strides: { ints: this.stride },
        pads: { ints: this.padding.concat(this.padding) },
        count_include_pad: { int: Number(this.countIncludePad) },
      },
    };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    return planAverages(input, this.outputShape(input.shape), this.windowsOn(input.shape), planner);
  }

  private windowsOn([, ...image]: Shape): AverageWindows {
    return (axis, i) => {
      const start = i * this.stride[axis] - this.padding[axis];
      const stop = Math.min(start + this.kernelSize[axis], image[axis] + this.padding[axis]);
      const [first, end] = [Math.max(start, 0), Math.min(stop, image[axis])];
      if (this.divisorOverride !== null) return [first, end, axis === 0 ? this.divisorOverride : 1];
      return [first, end, this.countIncludePad ? stop - start : end - first];
    };
  }
}
