import type { Kernels } from '../../kernels/kernels.js';
import { type Patches, panelSize } from '../../kernels/patches.js';
import type { Shape } from '../../tensor/shape.js';
import type { ConvolutionSettings } from './convolution.js';
import { residues } from './residues.js';

/** Windows along one axis of an image: the taps of window w read the pixels first + w·stride + tap's place·dilation. */
interface Windows {
  /** May be outside. */
  readonly first: number;
  readonly count: number;
  readonly stride: number;
  readonly dilation: number;
  /** Of the kernel, in the order in which a sum has them. */
  readonly taps: readonly number[];
  /** The pixel that the first window's sum is, and how far on the next is. */
  readonly pixel: number;
  readonly step: number;
}

/** Sums of the same taps, each a row of patches times the weights of these taps. */
export interface Sums {
  readonly taps: readonly number[];
  readonly depth: number;
  /** Where the first row begins in the image as it is laid out. */
  readonly start: number;
  readonly patches: Patches;
  /** Where their weights begin among a group's panels. */
  readonly panels: number;
  /** The place of the first sum, and from a line of them, or from one of them, to the next, in pixels. */
  readonly pixel: number;
  readonly lineStep: number;
  readonly step: number;
}

/** An image as a product takes the channels of a group from it. */
interface Layout {
  /** Floats of scratch memory. */
  readonly size: number;
  /** Puts the image into scratch memory in this form, unless it has it already, and says where it is. */
  layOut(kernels: Kernels, image: Float32Array, group: number, scratch: Float32Array): Float32Array;
  patches(down: Windows, across: Windows): Pick<Sums, 'start' | 'patches'>;
}

/** A product of each group's patches with its weights. */
export interface Product {
  readonly groups: number;
  /** Sums of a group for each pixel. */
  readonly columns: number;
  readonly sums: readonly Sums[];
  /** Floats of a group's weights as panels. */
  readonly panelsSize: number;
  readonly layout: Layout;
}

// Enough for small images to fill tiles and blocks, and few enough for their rows to stay in the cache.
const ROWS_TOGETHER = 256;

/** All sizes of a convolution, computed once. The input gradient is a convolution of dy with the weights turned by 180°; with a
 * stride several, each of the taps that read the pixels of one residue. */
export function im2colGeometry(settings: ConvolutionSettings, input: Shape, output: Shape) {
  const { kernelSize, groups } = settings;
  const [inChannels, outChannels] = [input[0] / groups, output[0] / groups];
  const taps = kernelSize[0] * kernelSize[1];
  const axes = [0, 1] as const;
  const forward = axes.map((axis) => [outputWindows(settings, axis, output[1 + axis])]);
  const backward = axes.map((axis) => gradientWindows(settings, axis, input[1 + axis]));
  const outputs = productOf(settings, input, forward, output);
  const inputGradient = productOf(settings, output, backward, input);
  const pixels = output[1] * output[2];
  // Without windows the images of a shard are one matrix.
  const isMatrix =
    taps === 1 && outputs.layout.size === 0 && settings.stride.every((step) => step === 1) && groups === 1;
  const together = isMatrix ? Math.max(1, Math.floor(ROWS_TOGETHER / pixels)) : 1;
  const imageSize = Math.max(outputs.layout.size, inputGradient.layout.size);
  const dyPanelsSize = panelSize(together * pixels, outChannels);
  const sumsSize = inChannels * Math.max(...inputGradient.sums.map(({ patches }) => patches.lines * patches.perLine));
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
    // A thread's scratch memory: an image; then dy as panels, and four columns of the im2col matrix; or sums of the same taps.
    sums: imageSize,
    dyPanels: imageSize,
    packed: imageSize + dyPanelsSize,
    scratch: imageSize + Math.max(dyPanelsSize + 4 * together * pixels, sumsSize),
  };
}

export type Geometry = ReturnType<typeof im2colGeometry>;

function outputWindows(
  { kernelSize, stride, padding, dilation }: ConvolutionSettings,
  axis: 0 | 1,
  count: number,
): Windows {
  const taps = Array.from({ length: kernelSize[axis] }, (_, tap) => tap);
  return { first: -padding[axis], count, stride: stride[axis], dilation: dilation[axis], taps, pixel: 0, step: 1 };
}

const gradientWindows = (settings: ConvolutionSettings, axis: 0 | 1, size: number): Windows[] =>
  residues(settings, axis, size).map(({ first, count, taps, lastTap, tapStep, output, outputStep }) => ({
    first: output,
    count,
    stride: 1,
    dilation: outputStep,
    taps: Array.from({ length: taps }, (_, place) => lastTap + place * tapStep),
    pixel: first,
    step: settings.stride[axis],
  }));

function productOf(
  { kernelSize, dilation, groups }: ConvolutionSettings,
  image: Shape,
  [downs, acrosses]: readonly Windows[][],
  [channels, , width]: Shape,
): Product {
  const columns = channels / groups;
  const plain = groups === 1 && dilation.every((step) => step === 1);
  const layout = plain ? padded(image, downs, acrosses) : unfolded(image, groups, downs, acrosses);
  let panelsSize = 0;
  const sums = downs.flatMap((down) =>
    acrosses.map((across): Sums => {
      const taps = down.taps.flatMap((row) => across.taps.map((column) => row * kernelSize[1] + column));
      const depth = (taps.length * image[0]) / groups;
      const panels = panelsSize;
      panelsSize += panelSize(depth, columns);
      const pixel = down.pixel * width + across.pixel;
      const steps = { lineStep: down.step * width, step: across.step };
      return { taps, depth, panels, pixel, ...steps, ...layout.patches(down, across) };
    }),
  );
  return { groups, columns, sums, panelsSize, layout };
}

/** From the first pixel that windows read to the one behind the last. */
function rangeOf(windows: readonly Windows[]): readonly [first: number, end: number] {
  const ends = windows.map(
    ({ first, count, stride, dilation, taps }) =>
      first + (count - 1) * stride + dilation * (Math.max(1, taps.length) - 1) + 1,
  );
  return [Math.min(...windows.map(({ first }) => first)), Math.max(...ends)];
}

/** The image with margins: a window's rows are runs of pixels. */
function padded([channels, height, width]: Shape, downs: readonly Windows[], acrosses: readonly Windows[]): Layout {
  const [[top, bottom], [left, right]] = [rangeOf(downs), rangeOf(acrosses)];
  const asItIs = top === 0 && left === 0 && bottom <= height && right <= width;
  const rows = bottom - top;
  const columns = asItIs ? width : right - left;
  return {
    size: asItIs ? 0 : rows * columns * channels,
    layOut(kernels, x, _group, scratch) {
      if (asItIs) return x;
      kernels.padImage(x, height, width, channels, scratch, rows, columns, -top, -left);
      return scratch;
    },
    patches: (down, across) => ({
      start: ((down.first - top) * columns + across.first - left) * channels,
      patches: {
        lines: down.count,
        perLine: across.count,
        lineStride: down.stride * columns * channels,
        stepStride: across.stride * channels,
        runs: down.taps.length,
        runLength: across.taps.length * channels,
        runStride: columns * channels,
      },
    }),
  };
}

/** Of each row, what every window across has of it: a group's channels of the pixels that it reads, one behind the other. */
function unfolded(
  [channels, height, width]: Shape,
  groups: number,
  downs: readonly Windows[],
  acrosses: readonly Windows[],
): Layout {
  const groupChannels = channels / groups;
  const [top, bottom] = rangeOf(downs);
  const rows = bottom - top;
  const rowSize = ({ count, taps }: Windows) => count * taps.length * groupChannels;
  const starts = acrosses.map((_, i) => acrosses.slice(0, i).reduce((sum, across) => sum + rows * rowSize(across), 0));
  const image = { height, width, channels, groupChannels, top, rows };
  const unfoldings = acrosses.map(({ first, count, stride, dilation, taps }) => ({
    ...image,
    left: first,
    windows: count,
    stride,
    taps: taps.length,
    dilation,
  }));
  return {
    size: acrosses.reduce((sum, across) => sum + rows * rowSize(across), 0),
    layOut(kernels, x, group, scratch) {
      for (const [i, unfolding] of unfoldings.entries())
        kernels.unfoldRows(x.subarray(group * groupChannels), unfolding, scratch.subarray(starts[i]));
      return scratch;
    },
    patches: (down, across) => ({
      start: starts[acrosses.indexOf(across)] + (down.first - top) * rowSize(across),
      patches: {
        lines: down.count,
        perLine: across.count,
        lineStride: down.stride * rowSize(across),
        stepStride: across.taps.length * groupChannels,
        runs: down.taps.length,
        runLength: across.taps.length * groupChannels,
        runStride: down.dilation * rowSize(across),
      },
    }),
  };
}
