import type { Kernels } from '../../kernels/kernels.js';
import { type Patches, panelSize } from '../../kernels/patches.js';
import { type Phase, perPart, perShard } from '../../program/phase.js';
import type { Shape } from '../../tensor/shape.js';
import { type Activation, gradientOfShard, samplesOf } from '../layer.js';
import type { Convolution, ConvolutionAlgorithm, ConvolutionSettings } from './convolution.js';

/** Any convolution, as a product with an im2col matrix that is never stored (Chellapilla et al., 2006). */
export const im2col: ConvolutionAlgorithm = {
  name: 'im2col',
  serves: () => true,
  plan(convolution, planner) {
    const { settings, input, output, weight } = convolution;
    const { arena, kernels, training, inputGradient } = planner;
    const geometry = im2colGeometry(settings, input.shape, output.shape);
    const { taps, channels, outChannels } = geometry;
    const panels = arena.float32(panelSize(taps * channels, outChannels));
    const backwardPanels =
      training && inputGradient ? arena.float32(panelSize(taps * outChannels, channels)) : undefined;
    planner.scratch(geometry.scratch);
    return {
      prepare: packWeights(kernels, geometry, weight.data, panels, backwardPanels),
      forward: forward(kernels, geometry, convolution, panels),
      backward: backward(kernels, geometry, convolution, backwardPanels),
    };
  },
};

type Geometry = ReturnType<typeof im2colGeometry>;

/** All sizes of a convolution, computed once. The input gradient is the stride-1 convolution of dy, spread out by the
 * stride and padded, with the weights turned by 180°. */
function im2colGeometry(settings: ConvolutionSettings, input: Shape, output: Shape) {
  const [channels, height, width] = input;
  const [outChannels, outHeight, outWidth] = output;
  const [kernelHeight, kernelWidth] = settings.kernelSize;
  const [paddedHeight, paddedWidth] = [height + 2 * settings.padding[0], width + 2 * settings.padding[1]];
  const [spreadHeight, spreadWidth] = [height + kernelHeight - 1, width + kernelWidth - 1];
  const patches: Patches = {
    lines: outHeight,
    perLine: outWidth,
    lineStride: settings.stride[0] * paddedWidth * channels,
    stepStride: settings.stride[1] * channels,
    runs: kernelHeight,
    runLength: kernelWidth * channels,
    runStride: paddedWidth * channels,
  };
  const spreadPatches: Patches = {
    lines: height,
    perLine: width,
    lineStride: spreadWidth * outChannels,
    stepStride: outChannels,
    runs: kernelHeight,
    runLength: kernelWidth * outChannels,
    runStride: spreadWidth * outChannels,
  };
  const pixels = outHeight * outWidth;
  const imageSize = Math.max(paddedHeight * paddedWidth * channels, spreadHeight * spreadWidth * outChannels);
  const dyPanelsSize = panelSize(pixels, outChannels);
  return {
    channels,
    height,
    width,
    outChannels,
    outHeight,
    outWidth,
    pixels,
    paddedHeight,
    paddedWidth,
    spreadHeight,
    spreadWidth,
    patches,
    spreadPatches,
    kernelHeight,
    kernelWidth,
    taps: kernelHeight * kernelWidth,
    stride: settings.stride,
    padding: settings.padding,
    inputSize: channels * height * width,
    outputSize: outChannels * pixels,
    // A thread's scratch memory: a padded image, dy as panels, four columns of the im2col matrix.
    dyPanels: imageSize,
    packed: imageSize + dyPanelsSize,
    scratch: imageSize + dyPanelsSize + 4 * pixels,
  };
}

/** The weights [kernel height][kernel width][C][O] as panels: for the output K = (ky, kx, c) and N = o, for the input
 * gradient K = (ky, kx, o), turned by 180°, and N = c. */
function packWeights(
  kernels: Kernels,
  g: Geometry,
  weight: Float32Array,
  panels: Float32Array,
  backwardPanels: Float32Array | undefined,
): Phase & { by: 'part' } {
  const forwardParts = Math.ceil(g.outChannels / 8);
  const depth = g.taps * g.channels;
  const backwardDepth = g.taps * g.outChannels;
  const parts = forwardParts + (backwardPanels ? Math.ceil(g.channels / 8) : 0);
  return perPart(parts, (part) => {
    if (part < forwardParts) {
      const o = 8 * part;
      const columns = Math.min(8, g.outChannels - o);
      kernels.packPanels(weight.subarray(o), depth, columns, g.outChannels, 1, panels.subarray(o * depth), 0, depth);
    } else if (backwardPanels) {
      const c = 8 * (part - forwardParts);
      const columns = Math.min(8, g.channels - c);
      const target = backwardPanels.subarray(c * backwardDepth);
      for (let tap = 0; tap < g.taps; tap++) {
        const source = weight.subarray(((g.taps - 1 - tap) * g.channels + c) * g.outChannels);
        kernels.packPanels(
          source,
          g.outChannels,
          columns,
          1,
          g.outChannels,
          target,
          tap * g.outChannels,
          backwardDepth,
        );
      }
    }
  });
}

/** Sample `n` of the input, padded; in scratch memory unless there is no padding. */
function paddedSample(kernels: Kernels, g: Geometry, input: Activation, n: number, scratch: Float32Array) {
  const x = samplesOf(input.data, g.inputSize, n);
  const [top, left] = g.padding;
  if (top === 0 && left === 0) return x;
  kernels.padImage(x, g.height, g.width, g.channels, scratch, g.paddedHeight, g.paddedWidth, top, left, 1, 1);
  return scratch;
}

const forward = (
  kernels: Kernels,
  g: Geometry,
  { input, output, bias, floor, affine, affineFloor }: Convolution,
  panels: Float32Array,
): Phase =>
  perShard(({ first, count }, _pass, scratch) => {
    for (let n = first; n < first + count; n++) {
      const image = paddedSample(kernels, g, input, n, scratch);
      const y = samplesOf(output.data, g.outputSize, n);
      kernels.gemm(image, g.patches, panels, bias?.data, y, g.outChannels, g.outChannels);
      if (floor === 0) kernels.relu(y, y);
      if (affine) kernels.scaleShift(y, g.pixels, g.outChannels, affine, affineFloor, y);
    }
  });

const backward = (
  kernels: Kernels,
  g: Geometry,
  { input, weight, bias, output }: Convolution,
  backwardPanels: Float32Array | undefined,
): Phase =>
  perShard(({ index, first, count }, _pass, scratch) => {
    const { outChannels, pixels } = g;
    const dWeight = weight.requiresGrad ? gradientOfShard(weight, index) : undefined;
    const dyPanels = scratch.subarray(g.dyPanels);
    const packed = scratch.subarray(g.packed);
    for (let n = first; n < first + count; n++) {
      const dy = samplesOf(output.gradient, g.outputSize, n);
      if (dWeight) {
        const image = paddedSample(kernels, g, input, n, scratch);
        kernels.packPanels(dy, pixels, outChannels, outChannels, 1, dyPanels, 0, pixels);
        kernels.gemmTransposed(image, g.patches, dyPanels, packed, dWeight, outChannels, outChannels, n > first);
      }
      if (backwardPanels) {
        const dx = samplesOf(input.gradient, g.inputSize, n);
        spreadGradient(kernels, g, dy, scratch);
        kernels.gemm(scratch, g.spreadPatches, backwardPanels, undefined, dx, g.channels, g.channels);
      }
    }
    if (bias?.requiresGrad) {
      const dy = samplesOf(output.gradient, g.outputSize, first, count);
      kernels.columnSums(dy, count * pixels, outChannels, outChannels, gradientOfShard(bias, index), false);
    }
  });

function spreadGradient(kernels: Kernels, g: Geometry, dy: Float32Array, spread: Float32Array): void {
  const top = g.kernelHeight - 1 - g.padding[0];
  const left = g.kernelWidth - 1 - g.padding[1];
  const [strideY, strideX] = g.stride;
  kernels.padImage(
    dy,
    g.outHeight,
    g.outWidth,
    g.outChannels,
    spread,
    g.spreadHeight,
    g.spreadWidth,
    top,
    left,
    strideY,
    strideX,
  );
}
