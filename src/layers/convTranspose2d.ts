import { HeddleError } from '../errors.js';
import { type OnnxOperator, paddedImage } from '../formats/onnxOperator.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { flag, imageShape, options, required, type Size2d, size2d } from '../validate.js';
import type { Conv2dOptions } from './conv2d.js';
import type { ConvolutionSettings } from './convolution/convolution.js';
import { checkSettings, describeConvolution, unusual } from './convolution/settings.js';
import { planTransposed } from './convolution/transposed.js';
import { checkInitials, type Initials } from './initial.js';
import { type Activation, Layer, type LayerPlan, type Planner } from './layer.js';

export interface ConvTranspose2dOptions extends Conv2dOptions {
  /** What is cut off the output on each side, default 0: the zeros that the convolution has there. */
  padding?: Size2d;
  /** Rows and columns more of the output at its lower and right edge, default 0. */
  outputPadding?: Size2d;
}

/** 2-d transposed convolution [C, H, W] → [O, H′, W′] as torch.nn.ConvTranspose2d: the input gradient of a convolution from O to
 * C channels with these settings. The weight is [C, O / groups, kernel height, kernel width], initialised U(±1/√fan_in) like
 * PyTorch's, where fan_in is O / groups times the kernel's size. */
export class ConvTranspose2d extends Layer implements ConvolutionSettings {
  readonly type: string = 'ConvTranspose2d';
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly outputPadding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly bias: boolean;
  readonly initial: Initials | undefined;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Size2d,
    given?: ConvTranspose2dOptions,
    ...others: never[]
  ) {
    super();
    const form =
      'new ConvTranspose2d(inChannels, outChannels, kernelSize, { stride, padding, outputPadding, groups, bias, dilation, initial })';
    required(form, { inChannels, outChannels, kernelSize });
    const { outputPadding, bias, initial, ...settings } = options(
      form,
      given,
      { stride: 1, padding: 0, outputPadding: 0, groups: 1, bias: true, dilation: 1, initial: undefined },
      others,
    );
    const checked = checkSettings('ConvTranspose2d', { ...settings, inChannels, outChannels, kernelSize });
    this.kernelSize = checked.kernelSize;
    this.stride = checked.stride;
    this.padding = checked.padding;
    this.dilation = checked.dilation;
    this.groups = checked.groups;
    this.outputPadding = checkOutputPadding(outputPadding, checked);
    this.bias = flag('ConvTranspose2d bias', bias);
    this.initial = checkInitials('ConvTranspose2d', initial);
  }

  arguments() {
    const { stride, padding, outputPadding, bias } = this;
    const settings = { stride, padding, outputPadding, bias, ...unusual(this) };
    return [this.inChannels, this.outChannels, this.kernelSize, settings];
  }

  describe(): string {
    return describeConvolution(this);
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
    return {
      opType: 'ConvTranspose',
      tensors: this.bias ? ['weight', 'bias'] : ['weight'],
      attributes: {
        kernel_shape: { ints: this.kernelSize },
        strides: { ints: this.stride },
        pads: { ints: [...this.padding, ...ends] },
        output_padding: { ints: outputPadding },
        dilations: { ints: this.dilation },
        group: { int: this.groups },
      },
    };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const output = planner.activation(this.outputShape(input.shape), { overwritable: true });
    const groupChannels = this.outChannels / this.groups;
    const initial = { uniform: 1 / Math.sqrt(sizeOf([groupChannels, ...this.kernelSize])) };
    const { weight: weightInitial = initial, bias: biasInitial = initial } = this.initial ?? {};
    const shape = [this.inChannels, groupChannels, ...this.kernelSize];
    const weight = planner.parameter('weight', shape, weightInitial, { order: [2, 3, 1, 0], sharded: true });
    const bias = this.bias ? planner.parameter('bias', [this.outChannels], biasInitial, { sharded: true }) : undefined;
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
