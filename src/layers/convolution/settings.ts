import { HeddleError } from '../../errors.js';
import { type Size2d, size2d, wholeNumber } from '../../validate.js';
import type { Initials } from '../initial.js';
import type { ConvolutionSettings } from './convolution.js';

/** More pixels than any image has along a side: kernels count in 32 bits how far they go beyond it. */
const FARTHEST = 2 ** 24;

/** Settings as people give them. */
type Given = {
  readonly [Name in keyof ConvolutionSettings]: ConvolutionSettings[Name] extends number ? number : Size2d;
};

/** @throws HeddleError ARGUMENT for settings out of their range, and for groups that do not divide the channels */
export function checkSettings(type: string, given: Given): ConvolutionSettings {
  const { inChannels, outChannels, groups } = given;
  wholeNumber(`${type} inChannels`, inChannels, 1);
  wholeNumber(`${type} outChannels`, outChannels, 1);
  wholeNumber(`${type} groups`, groups, 1);
  if (inChannels % groups !== 0 || outChannels % groups !== 0)
    throw new HeddleError(
      'ARGUMENT',
      `${type} groups must divide the channels on both sides, ${inChannels} and ${outChannels}; ${groups} does not`,
    );
  return {
    inChannels,
    outChannels,
    kernelSize: size2d(`${type} kernelSize`, given.kernelSize, 1),
    stride: size2d(`${type} stride`, given.stride, 1, FARTHEST),
    padding: size2d(`${type} padding`, given.padding, 0, FARTHEST),
    dilation: size2d(`${type} dilation`, given.dilation, 1, FARTHEST),
    groups,
  };
}

/** A convolution as a layer has it. */
interface LayerSettings extends ConvolutionSettings {
  readonly type: string;
  readonly bias: boolean;
  readonly outputPadding?: readonly [number, number];
}

/** As PyTorch prints it. */
export function describeConvolution(layer: LayerSettings): string {
  const { type, inChannels, outChannels, kernelSize, stride, padding, dilation, outputPadding, groups, bias } = layer;
  const pair = ([height, width]: readonly [number, number]) => `(${height}, ${width})`;
  const parts = [`${inChannels}, ${outChannels}, kernel_size=${pair(kernelSize)}, stride=${pair(stride)}`];
  if (padding.some((zeros) => zeros > 0)) parts.push(`padding=${pair(padding)}`);
  if (dilation.some((step) => step > 1)) parts.push(`dilation=${pair(dilation)}`);
  if (outputPadding?.some((zeros) => zeros > 0)) parts.push(`output_padding=${pair(outputPadding)}`);
  if (groups > 1) parts.push(`groups=${groups}`);
  if (!bias) parts.push('bias=False');
  return `${type}(${parts.join(', ')})`;
}

/** Those of a layer's arguments that its graph has only where they are not the default. */
export const unusual = ({
  dilation,
  groups,
  initial,
}: Pick<ConvolutionSettings, 'dilation' | 'groups'> & { readonly initial: Initials | undefined }) => ({
  ...(dilation.some((step) => step > 1) ? { dilation } : {}),
  ...(groups > 1 ? { groups } : {}),
  ...(initial ? { initial } : {}),
});
