import { imageShape, type Size2d, size2d, wholeNumber, windows } from '../arguments.js';
import { type Kernels, type Patches, panelSize } from '../kernels/kernels.js';
import { type Phase, perPart, perShard } from '../phase.js';
import type { Shape } from '../tensor/shape.js';
import { type Activation, type Layer, type LayerPlan, type Parameter, type Planner, samplesOf } from './layer.js';

export interface Conv2dOptions {
  /** Default 1. */
  stride?: Size2d;
  /** Zeros on each side, default 0. */
  padding?: Size2d;
  /** Default true. */
  bias?: boolean;
}

/**
 * 2-d convolution [C, H, W] → [O, H′, W′] as torch.nn.Conv2d, weight [O, C, kernel height, kernel width], initialised
 * U(±1/√fan_in) like it. Computed as a product with an im2col matrix that is never stored (Chellapilla et al., 2006).
 */
export class Conv2d implements Layer {
  readonly type = 'Conv2d';
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly bias: boolean;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Size2d,
    { stride = 1, padding = 0, bias = true }: Conv2dOptions = {},
  ) {
    wholeNumber('Conv2d inChannels', inChannels, 1);
    wholeNumber('Conv2d outChannels', outChannels, 1);
    this.kernelSize = size2d('Conv2d kernelSize', kernelSize, 1);
    this.stride = size2d('Conv2d stride', stride, 1);
    this.padding = size2d('Conv2d padding', padding, 0);
    this.bias = bias;
  }

  arguments() {
    const { stride, padding, bias } = this;
    return [this.inChannels, this.outChannels, this.kernelSize, { stride, padding, bias }];
  }

  describe(): string {
    const pair = ([height, width]: readonly [number, number]) => `(${height}, ${width})`;
    const padding = this.padding.some((p) => p > 0) ? `, padding=${pair(this.padding)}` : '';
    const bias = this.bias ? '' : ', bias=False';
    return `Conv2d(${this.inChannels}, ${this.outChannels}, kernel_size=${pair(this.kernelSize)}, stride=${pair(this.stride)}${padding}${bias})`;
  }

  outputShape(input: Shape): Shape {
    const [, height, width] = imageShape(input, this.inChannels);
    return [
      this.outChannels,
      windows(input, height, this.kernelSize[0], this.stride[0], this.padding[0]),
      windows(input, width, this.kernelSize[1], this.stride[1], this.padding[1]),
    ];
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const output = planner.activation(this.outputShape(input.shape));
    const [kernelHeight, kernelWidth] = this.kernelSize;
    const fanIn = this.inChannels * kernelHeight * kernelWidth;
    const initial = { uniform: 1 / Math.sqrt(fanIn) };
    const weight = planner.parameter(
      'weight',
      [this.outChannels, this.inChannels, kernelHeight, kernelWidth],
      initial,
      { order: [2, 3, 1, 0], slotted: true },
    );
    const bias = this.bias ? planner.parameter('bias', [this.outChannels], initial, { slotted: true }) : undefined;
    const geometry = conv2dGeometry(this, input.shape, output.shape);
    const panels = planner.arena.float32(panelSize(fanIn, this.outChannels));
    const backwardPanels = planner.inputGradient
      ? planner.arena.float32(panelSize(geometry.taps * this.outChannels, this.inChannels))
      : undefined;
    planner.scratch(geometry.scratch);
    const { kernels } = planner;
    return {
      output,
      prepare: packWeights(kernels, geometry, weight.data, panels, backwardPanels),
      forward: [forward(kernels, geometry, input, panels, bias, output)],
      backward: [backward(kernels, geometry, input, backwardPanels, weight, bias, output)],
    };
  }
}

type Geometry = ReturnType<typeof conv2dGeometry>;

/** All sizes of a convolution, computed once. The input gradient is the stride-1 convolution of dy, spread out by the
 * stride and padded, with the weights turned by 180°. */
function conv2dGeometry(layer: Conv2d, input: Shape, output: Shape) {
  const [channels, height, width] = input;
  const [outChannels, outHeight, outWidth] = output;
  const [kernelHeight, kernelWidth] = layer.kernelSize;
  const [paddedHeight, paddedWidth] = [height + 2 * layer.padding[0], width + 2 * layer.padding[1]];
  const [spreadHeight, spreadWidth] = [height + kernelHeight - 1, width + kernelWidth - 1];
  const patches: Patches = {
    lines: outHeight,
    perLine: outWidth,
    lineStride: layer.stride[0] * paddedWidth * channels,
    stepStride: layer.stride[1] * channels,
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
    ...{ channels, height, width, outChannels, outHeight, outWidth, pixels },
    ...{ paddedHeight, paddedWidth, spreadHeight, spreadWidth, patches, spreadPatches },
    ...{ kernelHeight, kernelWidth, taps: kernelHeight * kernelWidth },
    ...{ stride: layer.stride, padding: layer.padding },
    ...{ inputSize: channels * height * width, outputSize: outChannels * pixels },
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
  return perPart(parts, (part, step) => {
    if (part < forwardParts) {
      const o = 8 * part;
      const columns = Math.min(8, g.outChannels - o);
      kernels.packPanels(weight.subarray(o), depth, columns, g.outChannels, 1, panels.subarray(o * depth), 0, depth);
    } else if (backwardPanels && step.training) {
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
  input: Activation,
  panels: Float32Array,
  bias: Parameter | undefined,
  output: Activation,
): Phase =>
  perShard(({ first, count }, _step, scratch) => {
    for (let n = first; n < first + count; n++) {
      const image = paddedSample(kernels, g, input, n, scratch);
      const y = samplesOf(output.data, g.outputSize, n);
      kernels.gemm(image, g.patches, panels, bias?.data, y, g.outChannels, g.outChannels);
    }
  });

const backward = (
  kernels: Kernels,
  g: Geometry,
  input: Activation,
  backwardPanels: Float32Array | undefined,
  weight: Parameter,
  bias: Parameter | undefined,
  output: Activation,
): Phase =>
  perShard(({ index, first, count }, _step, scratch) => {
    const { outChannels, pixels } = g;
    const dWeight = slotOf(weight, index);
    const dyPanels = scratch.subarray(g.dyPanels);
    const packed = scratch.subarray(g.packed);
    for (let n = first; n < first + count; n++) {
      const dy = samplesOf(output.gradient, g.outputSize, n);
      const image = paddedSample(kernels, g, input, n, scratch);
      kernels.packPanels(dy, pixels, outChannels, outChannels, 1, dyPanels, 0, pixels);
      kernels.gemmTransposed(image, g.patches, dyPanels, packed, dWeight, outChannels, outChannels, n > first);
      if (backwardPanels) {
        const dx = samplesOf(input.gradient, g.inputSize, n);
        spreadGradient(kernels, g, dy, scratch);
        kernels.gemm(scratch, g.spreadPatches, backwardPanels, undefined, dx, g.channels, g.channels);
      }
    }
    if (bias) {
      const dy = samplesOf(output.gradient, g.outputSize, first, count);
      kernels.columnSums(dy, count * pixels, outChannels, slotOf(bias, index));
    }
  });

function spreadGradient(kernels: Kernels, g: Geometry, dy: Float32Array, spread: Float32Array): void {
  const top = g.kernelHeight - 1 - g.padding[0];
  const left = g.kernelWidth - 1 - g.padding[1];
  const [strideY, strideX] = g.stride;
  kernels.padImage(
    ...([dy, g.outHeight, g.outWidth, g.outChannels, spread, g.spreadHeight, g.spreadWidth] as const),
    ...([top, left, strideY, strideX] as const),
  );
}

/** The gradient that a shard adds to. */
const slotOf = ({ slots, data }: Parameter, shard: number) => samplesOf(slots as Float32Array, data.length, shard);
