import type { TapWindows } from '../../kernels/contract/depthwise.js';
import type { Kernels } from '../../kernels/kernels.js';
import { type Phase, perShard } from '../../program/phase.js';
import { type Shape, sizeOf } from '../../tensor/shape.js';
import { gradientOfShard, samplesOf } from '../layer.js';
import { writeBiasGradient } from './biasGradient.js';
import type { Convolution, ConvolutionAlgorithm, ConvolutionSettings } from './convolution.js';
import { residues } from './residues.js';

/** A convolution of each channel by itself, which reads pixels where they lie: nothing is padded, packed or spread out. */
export const depthwise: ConvolutionAlgorithm = {
  sharded: true,
  serves: ({ groups, inChannels, outChannels }) => groups > 1 && groups === inChannels && outChannels === inChannels,
  plan(convolution, { arena, kernels, inputGradient }) {
    const { settings, input, output } = convolution;
    const windows = outputWindows(settings, input.shape, output.shape);
    const gradientWindows = inputGradient ? inputGradientWindows(settings, input.shape, output.shape) : [];
    const zeros = arena.float32(settings.inChannels);
    return {
      forward: [forward(kernels, windows, convolution, zeros)],
      backward: [backward(kernels, windows, gradientWindows, convolution, zeros)],
    };
  },
};

/** The windows of the outputs on the input. The weights are [kernel height][kernel width][C]. */
function outputWindows(
  { kernelSize, stride, padding, dilation }: ConvolutionSettings,
  input: Shape,
  output: Shape,
): TapWindows {
  const [channels, height, width] = input;
  return {
    height,
    width,
    channels,
    top: -padding[0],
    left: -padding[1],
    strideHeight: stride[0],
    strideWidth: stride[1],
    kernelHeight: kernelSize[0],
    kernelWidth: kernelSize[1],
    dilationHeight: dilation[0],
    dilationWidth: dilation[1],
    outputHeight: output[1],
    outputWidth: output[2],
    outputLineStride: output[2] * channels,
    outputStepStride: channels,
    weightStart: 0,
    weightLineStride: kernelSize[1] * channels,
    weightStepStride: channels,
  };
}

/** The gradient of some of the input's pixels: windows on that of the output, and the first pixel's place. */
interface GradientWindows {
  readonly windows: TapWindows;
  readonly place: number;
}

function inputGradientWindows(settings: ConvolutionSettings, input: Shape, output: Shape): GradientWindows[] {
  const [channels, height, width] = input;
  const [kernelWidth, stride] = [settings.kernelSize[1], settings.stride];
  return residues(settings, 0, height).flatMap((down) =>
    residues(settings, 1, width).map((across) => ({
      place: (down.first * width + across.first) * channels,
      windows: {
        height: output[1],
        width: output[2],
        channels,
        top: down.output,
        left: across.output,
        strideHeight: 1,
        strideWidth: 1,
        kernelHeight: down.taps,
        kernelWidth: across.taps,
        dilationHeight: down.outputStep,
        dilationWidth: across.outputStep,
        outputHeight: down.count,
        outputWidth: across.count,
        outputLineStride: stride[0] * width * channels,
        outputStepStride: stride[1] * channels,
        weightStart: (down.lastTap * kernelWidth + across.lastTap) * channels,
        weightLineStride: down.tapStep * kernelWidth * channels,
        weightStepStride: across.tapStep * channels,
      },
    })),
  );
}

function forward(
  kernels: Kernels,
  windows: TapWindows,
  { input, output, weight, bias, floor, affine, affineFloor, affineCeiling }: Convolution,
  zeros: Float32Array,
): Phase {
  const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(output.shape)];
  return perShard(({ first, count }) => {
    for (let n = first; n < first + count; n++) {
      const [x, y] = [samplesOf(input.data, inputSize, n), samplesOf(output.data, outputSize, n)];
      kernels.depthwise(x, windows, weight.data, bias?.data ?? zeros, floor, affine, affineFloor, affineCeiling, y);
    }
  });
}

function backward(
  kernels: Kernels,
  windows: TapWindows,
  gradientWindows: readonly GradientWindows[],
  { input, output, weight, bias }: Convolution,
  zeros: Float32Array,
): Phase {
  const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(output.shape)];
  const none = Number.NEGATIVE_INFINITY;
  return perShard((shard) => {
    const { index, first, count } = shard;
    const dWeight = weight.requiresGrad ? gradientOfShard(weight, index) : undefined;
    for (let n = first; n < first + count; n++) {
      const dy = samplesOf(output.gradient, outputSize, n);
      const x = samplesOf(input.data, inputSize, n);
      if (dWeight) kernels.depthwiseWeightGradient(x, windows, dy, n > first, dWeight);
      const dx = samplesOf(input.gradient, inputSize, n);
      for (const part of gradientWindows)
        kernels.depthwise(dy, part.windows, weight.data, zeros, none, undefined, none, none, dx.subarray(part.place));
    }
    writeBiasGradient(kernels, bias, output, shard);
  });
}
