import type { Kernels } from '../../kernels/kernels.js';
import { type Patches, panelSize } from '../../kernels/patches.js';
import type { Shape } from '../../tensor/shape.js';
import type { ConvolutionSettings } from './convolution.js';

/** An image as a product takes the channels of a group from it. */
interface Layout {
  readonly patches: Patches;
  /** Floats of scratch memory. */
  readonly size: number;
  /** Puts the image into scratch memory in this form, unless it has it already, and says where it is. */
  layOut(kernels: Kernels, image: Float32Array, group: number, scratch: Float32Array): Float32Array;
}

/** A product of each group's patches with its weights. */
export interface Product extends Layout {
  readonly groups: number;
  /** Terms of each sum. */
  readonly depth: number;
  /** Sums of a group for each pixel. */
  readonly columns: number;
}

// Enough for small images to fill tiles and blocks, and few enough for their rows to stay in the cache.
const ROWS_TOGETHER = 256;

/** All sizes of a convolution, computed once. The input gradient is the stride-1 convolution of dy, spread out by the
 * stride and padded, with the weights turned by 180°. */
export function im2colGeometry(settings: ConvolutionSettings, input: Shape, output: Shape) {
  const { kernelSize, stride, padding, dilation, groups } = settings;
  const [inChannels, outChannels] = [input[0] / groups, output[0] / groups];
  const taps = kernelSize[0] * kernelSize[1];
  const turned = [0, 1].map((axis) => dilation[axis] * (kernelSize[axis] - 1) - padding[axis]);
  const layout = groups === 1 && dilation.every((step) => step === 1) ? padded : unfolded;
  const forward = { settings, image: input, margin: padding, spacing: [1, 1], stride, output };
  const backward = { settings, image: output, margin: turned, spacing: stride, stride: [1, 1], output: input };
  const outputs: Product = { ...layout(forward), groups, depth: taps * inChannels, columns: outChannels };
  const inputGradient: Product = { ...layout(backward), groups, depth: taps * outChannels, columns: inChannels };
  const pixels = output[1] * output[2];
  // Without windows the images of a shard are one matrix.
  const isMatrix = taps === 1 && outputs.size === 0 && stride.every((step) => step === 1) && groups === 1;
  const together = isMatrix ? Math.max(1, Math.floor(ROWS_TOGETHER / pixels)) : 1;
  const imageSize = Math.max(outputs.size, inputGradient.size);
  const dyPanelsSize = panelSize(together * pixels, outChannels);
  return {
    groups,
    taps,
    pixels,
    /** Images that a product takes at once. */
    together,
    // These are the channels of one group.
    inChannels,
    outChannels,
    outputs,
    inputGradient,
    // A thread's scratch memory: an image, dy as panels, four columns of the im2col matrix.
    dyPanels: imageSize,
    packed: imageSize + dyPanelsSize,
    scratch: imageSize + dyPanelsSize + 4 * together * pixels,
  };
}

export type Geometry = ReturnType<typeof im2colGeometry>;

/** Windows on an image whose pixels are spread out and have a margin above them and on their left, which may be negative. */
interface Windows {
  readonly settings: ConvolutionSettings;
  readonly image: Shape;
  readonly margin: readonly number[];
  readonly spacing: readonly number[];
  readonly stride: readonly number[];
  /** What has a pixel for each window. */
  readonly output: Shape;
}

/** The image with its margins: a window's rows are runs of pixels. */
function padded({ settings, image, margin: [top, left], spacing, stride, output }: Windows): Layout {
  const [kernelHeight, kernelWidth] = settings.kernelSize;
  const [channels, height, width] = image;
  const [, lines, perLine] = output;
  const asItIs = top === 0 && left === 0 && spacing.every((step) => step === 1);
  const rows = asItIs ? height : (lines - 1) * stride[0] + kernelHeight;
  const columns = asItIs ? width : (perLine - 1) * stride[1] + kernelWidth;
  return {
    patches: {
      lines,
      perLine,
      lineStride: stride[0] * columns * channels,
      stepStride: stride[1] * channels,
      runs: kernelHeight,
      runLength: kernelWidth * channels,
      runStride: columns * channels,
    },
    size: asItIs ? 0 : rows * columns * channels,
    layOut(kernels, x, _group, scratch) {
      if (asItIs) return x;
      kernels.padImage(x, height, width, channels, scratch, rows, columns, top, left, spacing[0], spacing[1]);
      return scratch;
    },
  };
}

/** Of each row, what every window has of it: a group's channels of the pixels that it reads, one behind the other. */
function unfolded({ settings, image, margin, spacing, stride, output }: Windows): Layout {
  const { kernelSize, dilation, groups } = settings;
  const [channels, height, width] = image;
  const [, lines, perLine] = output;
  const groupChannels = channels / groups;
  const rows = (lines - 1) * stride[0] + dilation[0] * (kernelSize[0] - 1) + 1;
  const runLength = kernelSize[1] * groupChannels;
  const rowSize = perLine * runLength;
  const unfolding = {
    height,
    width,
    channels,
    groupChannels,
    top: -margin[0],
    left: -margin[1],
    spacingHeight: spacing[0],
    spacingWidth: spacing[1],
    rows,
    windows: perLine,
    stride: stride[1],
    taps: kernelSize[1],
    dilation: dilation[1],
  };
  return {
    patches: {
      lines,
      perLine,
      lineStride: stride[0] * rowSize,
      stepStride: runLength,
      runs: kernelSize[0],
      runLength,
      runStride: dilation[0] * rowSize,
    },
    size: rows * rowSize,
    layOut(kernels, x, group, scratch) {
      kernels.unfoldRows(x.subarray(group * groupChannels), unfolding, scratch);
      return scratch;
    },
  };
}
