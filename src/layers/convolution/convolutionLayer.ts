import { HeddleError } from '../../errors.js';
import type { OnnxAttribute, OnnxOperator } from '../../formats/onnxOperator.js';
import { sizeOf } from '../../tensor/shape.js';
import { classNameOf, flag, type Size2d, size2d, wholeNumber } from '../../validate.js';
import { checkInitials, type Initials } from '../initial.js';
import { Layer, type Parameter, type Planner } from '../layer.js';
import { flagText, tupleText } from '../pythonText.js';
import type { ConvolutionSettings } from './convolution.js';

/** More pixels than any image has along a side: kernels count in 32 bits how far they go beyond it. */
const FARTHEST = 2 ** 24;

/** Settings as people give them. */
interface GivenSettings {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: Size2d;
  readonly stride: Size2d;
  readonly padding: Size2d;
  readonly dilation: Size2d;
  readonly groups: number;
  readonly bias: boolean;
  readonly initial: Initials | undefined;
}

/** What a convolution and a transposed one share: the settings, the weight and the bias. */
export abstract class ConvolutionLayer extends Layer implements ConvolutionSettings {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly bias: boolean;
  readonly initial: Initials | undefined;

  /** @throws HeddleError ARGUMENT for settings out of their range, and for groups that do not divide the channels */
  constructor({ inChannels, outChannels, groups, ...given }: GivenSettings) {
    super();
    const name = `${classNameOf(new.target)}`;
    this.inChannels = wholeNumber(`${name} inChannels`, inChannels, 1);
    this.outChannels = wholeNumber(`${name} outChannels`, outChannels, 1);
    this.groups = wholeNumber(`${name} groups`, groups, 1);
    if (inChannels % groups !== 0 || outChannels % groups !== 0)
      throw new HeddleError(
        'ARGUMENT',
        `${name} groups must divide the channels on both sides, ${inChannels} and ${outChannels}; ${groups} does not`,
      );
    this.kernelSize = size2d(`${name} kernelSize`, given.kernelSize, 1);
    this.stride = size2d(`${name} stride`, given.stride, 1, FARTHEST);
    this.padding = size2d(`${name} padding`, given.padding, 0, FARTHEST);
    this.dilation = size2d(`${name} dilation`, given.dilation, 1, FARTHEST);
    this.bias = flag(`${name} bias`, given.bias);
    this.initial = checkInitials(name, given.initial);
  }

  /** Those arguments that a graph has only where they are not the default. */
  protected unusual() {
    const { dilation, groups, initial } = this;
    return {
      ...(dilation.some((step) => step > 1) ? { dilation } : {}),
      ...(groups > 1 ? { groups } : {}),
      ...(initial ? { initial } : {}),
    };
  }

  describe(): string {
    return this.described([0, 0]);
  }

  protected described(outputPadding: readonly [number, number]): string {
    const { type, inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias } = this;
    const parts = [`${inChannels}, ${outChannels}, kernel_size=${tupleText(kernelSize)}, stride=${tupleText(stride)}`];
    if (padding.some((zeros) => zeros > 0)) parts.push(`padding=${tupleText(padding)}`);
    if (dilation.some((step) => step > 1)) parts.push(`dilation=${tupleText(dilation)}`);
    if (outputPadding.some((zeros) => zeros > 0)) parts.push(`output_padding=${tupleText(outputPadding)}`);
    if (groups > 1) parts.push(`groups=${groups}`);
    if (!bias) parts.push(`bias=${flagText(bias)}`);
    return `${type}(${parts.join(', ')})`;
  }

  protected operator(opType: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}): OnnxOperator {
    return {
      opType,
      tensors: this.bias ? ['weight', 'bias'] : ['weight'],
      attributes: {
        kernel_shape: { ints: this.kernelSize },
        strides: { ints: this.stride },
        pads: { ints: this.padding.concat(this.padding) },
        dilations: { ints: this.dilation },
        ...(this.groups > 1 ? { group: { int: this.groups } } : {}),
        ...attributes,
      },
    };
  }

  /** The weight [channels, others / groups, kernel height, kernel width] and the bias, U(±1/√fan_in) unless told
   * otherwise; `sharded` gives them a gradient for each shard. */
  protected parameters(
    planner: Planner,
    channels: number,
    others: number,
    sharded: boolean,
  ): { weight: Parameter; bias: Parameter | undefined } {
    const shape = [others / this.groups, ...this.kernelSize];
    const usual = { uniform: 1 / Math.sqrt(sizeOf(shape)) };
    const { weight = usual, bias = usual } = this.initial ?? {};
    return {
      weight: planner.parameter('weight', [channels, ...shape], weight, { order: [2, 3, 1, 0], sharded }),
      bias: this.bias ? planner.parameter('bias', [this.outChannels], bias, { sharded }) : undefined,
    };
  }
}
