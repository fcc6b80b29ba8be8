import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Shape } from '../tensor/shape.js';
import { imageShape, nothingElse, required, type Size2d, size2d } from '../validate.js';
import { type AverageWindows, averagesOperator, planAverages } from './averagePooling.js';
import { type Activation, Layer, type LayerPlan, type Planner } from './layer.js';
import { sizeText } from './pythonText.js';

/** A size in both directions, or [height, width], where null stands for the input's. */
export type AdaptiveSize = number | readonly [number | null, number | null];

/** The mean of each of H′×W′ windows, [C, H, W] → [C, H′, W′], as torch.nn.AdaptiveAvgPool2d: window i of n begins at
 * ⌊i·H/n⌋ and ends before ⌈(i + 1)·H/n⌉. Means are summed in float64, in row-major order. */
export class AdaptiveAvgPool2d extends Layer {
  readonly type: string = 'AdaptiveAvgPool2d';
  readonly outputSize: readonly [number | null, number | null];

  constructor(outputSize: AdaptiveSize, ...others: never[]) {
    super();
    const form = 'new AdaptiveAvgPool2d(outputSize)';
    required(form, { outputSize });
    nothingElse(form, others);
    const sizes = typeof outputSize === 'number' ? ([outputSize, outputSize] as const) : outputSize;
    // What keeps the input's length is as good as any.
    const lengths = Array.isArray(sizes) ? sizes.map((length) => (length === null ? 1 : length)) : sizes;
    size2d('AdaptiveAvgPool2d outputSize', lengths as Size2d, 1);
    this.outputSize = [sizes[0], sizes[1]];
  }

  arguments() {
    return [this.outputSize];
  }

  describe(): string {
    const [height, width] = this.outputSize.map((length) => length ?? 'None');
    return `AdaptiveAvgPool2d(output_size=${sizeText([height, width])})`;
  }

  override outputShape(input: Shape): Shape {
    const [channels, ...image] = imageShape(input);
    return [channels, ...image.map((length, axis) => this.outputSize[axis] ?? length)];
  }

  override onnx(input: Shape): OnnxOperator {
    const output = this.outputShape(input);
    const [height, width] = [input[1] / output[1], input[2] / output[2]];
    if (output[1] * output[2] === 1) return { opType: 'GlobalAveragePool' };
    if (!Number.isInteger(height) || !Number.isInteger(width))
      return averagesOperator(input, output, windowsOf(input, output));
    const window = { ints: [height, width] };
    return { opType: 'AveragePool', attributes: { kernel_shape: window, strides: window } };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const output = this.outputShape(input.shape);
    return planAverages(input, output, windowsOf(input.shape, output), planner);
  }
}

const windowsOf =
  ([, ...input]: Shape, [, ...output]: Shape): AverageWindows =>
  (axis, i) => {
    const first = Math.floor((i * input[axis]) / output[axis]);
    const end = Math.ceil(((i + 1) * input[axis]) / output[axis]);
    return [first, end, end - first];
  };
