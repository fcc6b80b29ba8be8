import type { PoolWindow } from '../../kernels/contract/images.js';
import { type Patches, panelSize } from '../../kernels/patches.js';
import { blockOf } from '../../program/phase.js';
import { type Shape, sizeOf } from '../../tensor/shape.js';
import type { ConvolutionSettings } from './convolution.js';

/** Floats of unfolded gradients that a thread folds at a time, so that they stay in its cache. */
const FOLDED = 65536;

/** The taps along one axis that lie inside for any output. */
interface Taps {
  readonly first: number;
  readonly count: number;
}

/** All sizes of a convolution without groups as a product over the whole batch, computed once. */
export function channelGeometry(settings: ConvolutionSettings, input: Shape, output: Shape) {
  const { inChannels, outChannels, kernelSize, stride, padding, dilation } = settings;
  const [, height, width] = input;
  const [, outputHeight, outputWidth] = output;
  const [down, across] = [0, 1].map((axis) => tapsInside(settings, axis, input[1 + axis], output[1 + axis]));
  const window: PoolWindow = {
    height,
    width,
    channels: inChannels,
    kernelHeight: down.count,
    kernelWidth: across.count,
    strideHeight: stride[0],
    strideWidth: stride[1],
    paddingHeight: padding[0] - down.first * dilation[0],
    paddingWidth: padding[1] - across.first * dilation[1],
    dilationHeight: dilation[0],
    dilationWidth: dilation[1],
    outputHeight,
    outputWidth,
  };
  const taps = down.count * across.count;
  const runLength = across.count * inChannels;
  const depth = down.count * runLength;
  const pixels = outputHeight * outputWidth;
  const sameSize = height === outputHeight && width === outputWidth;
  const ofOneTap = taps === 1 && window.paddingHeight === 0 && window.paddingWidth === 0;
  const [inBlock, outBlock] = [blockOf(inChannels), blockOf(outChannels)];
  const foldedImages = Math.max(1, Math.floor(FOLDED / (pixels * taps * inBlock)));
  return {
    window,
    taps,
    depth,
    pixels,
    /** Whether an unfolded image is the image itself. */
    isMatrix: ofOneTap && sameSize && stride.every((step) => step === 1),
    inputSize: sizeOf(input),
    outputSize: sizeOf(output),
    foldedImages,
    /** Where the weights of a row of taps that are inside begin, in rows of the weights. */
    rowStart: (row: number) => ((down.first + row) * kernelSize[1] + across.first) * inChannels,
    runLength,
    unfolded: (samples: number): Patches => ({
      lines: 1,
      perLine: samples * pixels,
      lineStride: 0,
      stepStride: depth,
      runs: down.count,
      runLength,
      runStride: runLength,
    }),
    down,
    across,
    /** Whether some taps are outside for every output. */
    hasIdleTaps: taps < kernelSize[0] * kernelSize[1],
    /** A thread's: a block's weights as panels, and the unfolded gradient; or the upstream gradient as panels and four columns. */
    scratch: (batchSize: number) =>
      Math.max(
        panelSize(depth, outBlock),
        taps * panelSize(outChannels, inBlock) + foldedImages * pixels * taps * inBlock,
        panelSize(batchSize * pixels, outBlock) + 4 * batchSize * pixels,
      ),
  };
}

export type ChannelGeometry = ReturnType<typeof channelGeometry>;

function tapsInside(
  { kernelSize, stride, padding, dilation }: ConvolutionSettings,
  axis: number,
  size: number,
  outputs: number,
): Taps {
  const reach = padding[axis] - (outputs - 1) * stride[axis];
  const first = Math.max(0, Math.ceil(reach / dilation[axis]));
  const last = Math.min(kernelSize[axis] - 1, Math.floor((size - 1 + padding[axis]) / dilation[axis]));
  return { first, count: Math.max(1, last - first + 1) };
}

/** The ranges of the weights [kernel height][kernel width][C][O] whose taps are outside for every output. */
export function idleWeights(
  { kernelSize, inChannels, outChannels }: ConvolutionSettings,
  { down, across }: ChannelGeometry,
): readonly (readonly [start: number, end: number])[] {
  const isIdle = (tap: number, { first, count }: Taps) => tap < first || tap >= first + count;
  const tapSize = inChannels * outChannels;
  return Array.from({ length: kernelSize[0] * kernelSize[1] }, (_, tap) => tap)
    .filter((tap) => isIdle(Math.floor(tap / kernelSize[1]), down) || isIdle(tap % kernelSize[1], across))
    .map((tap) => [tap * tapSize, (tap + 1) * tapSize] as const);
}
