import { HeddleError } from '../errors.js';
import { type OnnxOperator, paddedImage } from '../formats/onnxOperator.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { imageShape, options, required, type Size2d, size2d } from '../validate.js';
import type { Conv2dOptions } from './conv2d.js';
import type { ConvolutionSettings } from './convolution/convolution.js';
import { ConvolutionLayer } from './convolution/convolutionLayer.js';
import { planTransposed } from './convolution/transposed.js';
import type { Activation, LayerPlan, Planner } from './layer.js';

export interface ConvTranspose2dOptions extends Conv2dOptions {
  /** What is cut off the output on each side, default 0: the zeros that the convolution has there. */
  padding?: Size2d;
  /** Rows and columns more of the output at its lower and right edge, default 0. */
  outputPadding?: Size2d;
}

/** 2-d transposed convolution [C, H, W] → [O, H′, W′] as torch.nn.ConvTranspose2d: the input gradient of a convolution from O to
 * C channels with these settings. The weight is [C, O / groups, kernel height, kernel width], initialised U(±1/√fan_in) like
 * PyTorch's, where fan_in is O / groups times the kernel's size. */
export class ConvTranspose2d extends ConvolutionLayer {
  readonly type: string = 'ConvTranspose2d';
  readonly outputPadding: readonly [number, number];

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size2d,
    given?: ConvTranspose2dOptions,
    ...others: never[]
  ) {
    const form =
      'new ConvTranspose2d(inChannels, outChannels, kernelSize, { stride, padding, outputPadding, groups, bias, dilation, initial })';
    required(form, { inChannels, outChannels, kernelSize });
    const { outputPadding, ...settings } = options(
      form,
      given,
      { stride: 1, padding: 0, outputPadding: 0, groups: 1, bias: true, dilation: 1, initial: undefined },
      others,
    );
    super({ inChannels, outChannels, kernelSize, ...settings });
    this.outputPadding = checkOutputPadding(outputPadding, this);
  }

  arguments() {
    const { stride, padding, outputPadding, bias } = this;
    const settings = { stride, padding, outputPadding, bias, ...this.unusual() };
    return [this.inChannels, this.outChannels, this.kernelSize, settings];
  }

  override describe(): string {
    return this.described(this.outputPadding);
  }

  override outputShape(input: Shape): Shape {
    const [, ...size] = imageShape(input, this.inChannels);
    const { kernelSize, stride, padding, outputPadding, dilation } = this;
    const [height, width] = size.map(
      (length, axis) =>
        (length - 1) * stride[axis] +
        dilation[axis] * (kernelSize[axis] - 1) +
        1 +
        outputPadding[axis] -
        2 * padding[axis],
    );
    if (height < 1 || width < 1)
      throw new HeddleError(
        'SHAPE',
        `got an input of shape ${formatShape(input)}, of which the padding ${padding.join(', ')} leaves nothing; take a smaller one`,
      );
    return [this.outChannels, height, width];
  }

  override operations(input: Shape): number {
    return 2 * sizeOf(input) * (this.outChannels / this.groups) * sizeOf(this.kernelSize);
  }

  /** Programs take an output padding that is less than the stride: more is that much less padding, of an image with zeros behind
   * it where there is not so much. */
  override onnx(): OnnxOperator | readonly OnnxOperator[] {
    const { padding, outputPadding, stride } = this;
    if (outputPadding.every((zeros, axis) => zeros < stride[axis])) return this.transposed(padding, outputPadding);
    const missing = padding.map((zeros, axis) => outputPadding[axis] - zeros);
    const pixels = missing.map((count, axis) => Math.max(0, Math.ceil(count / stride[axis])));
    const ends = missing.map((count, axis) => pixels[axis] * stride[axis] - count);
    return [paddedImage([0, 0], pixels, 0), this.transposed(ends, [0, 0])];
  }

  private transposed(ends: readonly number[], outputPadding: readonly number[]): OnnxOperator {
    const pads = { ints: this.padding.concat(ends) };
    return this.operator('ConvTranspose', { pads, output_padding: { ints: outputPadding } });
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const output = planner.activation(this.outputShape(input.shape), { overwritable: true });
    const { weight, bias } = this.parameters(planner, this.inChannels, this.outChannels, true);
    return planTransposed({ settings: this, input, output, weight, bias }, planner);
  }
}

/** @throws HeddleError ARGUMENT for rows or columns that no window would reach */
function checkOutputPadding(given: Size2d, { stride, dilation }: ConvolutionSettings): readonly [number, number] {
  const outputPadding = size2d('ConvTranspose2d outputPadding', given, 0);
  for (const [axis, zeros] of outputPadding.entries())
    if (zeros >= stride[axis] && zeros >= dilation[axis])
      throw new HeddleError(
        'ARGUMENT',
        `ConvTranspose2d outputPadding must be smaller than the stride ${stride[axis]} or the dilation ${dilation[axis]}, not ${zeros}`,
      );
  return outputPadding;
}
