import type { TapWindows } from '../../kernels/contract/depthwise.js';
import { type Shape, sizeOf } from '../../tensor/shape.js';
import type { ConvolutionSettings } from './convolution.js';
import { residues } from './residues.js';

/** The windows of the outputs on the input. The weights are [kernel height][kernel width][C]. */
export function outputWindows(
  { kernelSize, stride, padding, dilation }: ConvolutionSettings,
  input: Shape,
  output: Shape,
): TapWindows {
  const [channels, height, width] = input;
  return usedTaps({
    height,
    width,
    pixelStride: channels,
    sampleStride: sizeOf(input),
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
    outputSampleStride: sizeOf(output),
    weightStart: 0,
    weightLineStride: kernelSize[1] * channels,
    weightStepStride: channels,
  });
}

/** The gradient of some of the input's pixels: windows on that of the output, and the first pixel's place. */
export interface GradientWindows {
  readonly windows: TapWindows;
  readonly place: number;
}

/** The windows that make up the input's gradient. Every stride-th pixel is read by the same taps, and by no others. */
export function inputGradientWindows(settings: ConvolutionSettings, input: Shape, output: Shape): GradientWindows[] {
  const [channels, height, width] = input;
  const [kernelWidth, stride] = [settings.kernelSize[1], settings.stride];
  return residues(settings, 0, height).flatMap((down) =>
    residues(settings, 1, width).map((across) => ({
      place: (down.first * width + across.first) * channels,
      windows: usedTaps({
        height: output[1],
        width: output[2],
        pixelStride: channels,
        sampleStride: sizeOf(output),
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
        outputSampleStride: sizeOf(input),
        weightStart: (down.lastTap * kernelWidth + across.lastTap) * channels,
        weightLineStride: down.tapStep * kernelWidth * channels,
        weightStepStride: across.tapStep * channels,
      }),
    })),
  );
}

/** The windows without the rows and columns of taps that no output of a small image has inside. */
function usedTaps(windows: TapWindows): TapWindows {
  const { height, width, top, left, strideHeight, strideWidth, kernelHeight, kernelWidth } = windows;
  const { dilationHeight, dilationWidth, outputHeight, outputWidth, weightLineStride, weightStepStride } = windows;
  const down = usedAlong(height, top, strideHeight, outputHeight, dilationHeight, kernelHeight);
  const across = usedAlong(width, left, strideWidth, outputWidth, dilationWidth, kernelWidth);
  return {
    ...windows,
    top: top + down.first * dilationHeight,
    left: left + across.first * dilationWidth,
    kernelHeight: down.count,
    kernelWidth: across.count,
    weightStart: windows.weightStart + down.first * weightLineStride + across.first * weightStepStride,
  };
}

function usedAlong(length: number, start: number, stride: number, outputs: number, dilation: number, kernel: number) {
  const isUsed = (tap: number) => {
    const place = start + tap * dilation;
    const output = Math.max(0, Math.ceil(-place / stride));
    return output < outputs && place + output * stride < length;
  };
  const used = Array.from({ length: kernel }, (_, tap) => tap).filter(isUsed);
  const first = used[0] ?? 0;
  return { first, count: used.length > 0 ? used[used.length - 1] + 1 - first : 0 };
}
