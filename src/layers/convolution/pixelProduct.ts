import type { Kernels } from '../../kernels/kernels.js';
import { matrix, type Patches, panelSize } from '../../kernels/patches.js';
import {
  blockOf,
  type ChannelBlock,
  channelBlock,
  channelBlocks,
  type Phase,
  perChannels,
  perPart,
} from '../../program/phase.js';
import { isFewSamples } from '../cut.js';
import { writeBiasGradientOf } from './biasGradient.js';
import { activateBlock } from './channelProduct.js';
import type { Convolution, ConvolutionAlgorithm, ConvolutionPhases, ConvolutionSettings } from './convolution.js';
import { type PixelGeometry, type PixelTaps, pixelGeometry } from './pixelGeometry.js';

/** Pixels of an output that are a product each. */
const MOST_PIXELS = 4;

/** A convolution as a product for each pixel of its output, over the whole batch, with the taps alone that lie inside: of 3×3 on
 * an image of 2×2 these are four of nine, which is as few multiplications as Winograd's algorithm has there, and weights
 * need no transform. Cut by channels. */
export const pixelProduct: ConvolutionAlgorithm = {
  name: 'pixels by channels',
  sharded: false,
  serves: ({ groups, dilation }, [, height, width]) =>
    groups === 1 && dilation.every((step) => step === 1) && height * width > 1 && height * width <= MOST_PIXELS,
  plan(convolution, planner): ConvolutionPhases {
    const { settings, input, output } = convolution;
    const { kernels, arena, training, inputGradient, batchSize } = planner;
    const { inChannels, outChannels } = settings;
    const g = pixelGeometry(settings, input.shape, output.shape);
    planner.scratch(scratchOf(settings, g, batchSize));
    if (!training && isFewSamples(batchSize)) {
      const panels = arena.float32(panelSize(g.products * inChannels, outChannels));
      const panelsOf = ({ first }: ChannelBlock, offset: number) =>
        panels.subarray(first * g.products * inChannels + offset);
      const prepare = perPart(channelBlocks(outChannels), (part) => {
        const block = channelBlock(outChannels, part);
        let offset = 0;
        for (const pixel of g.outputs) {
          packForOutput(kernels, convolution, pixel, block, panelsOf(block, offset));
          offset += panelSize(pixel.taps.length * inChannels, block.count);
        }
      });
      return { prepare, forward: [multiplyWeights(kernels, g, convolution, panelsOf)], backward: [] };
    }
    const forward = [multiplyWeights(kernels, g, convolution)];
    if (!training) return { forward, backward: [] };
    const backward = [writeWeightGradient(kernels, g, convolution)];
    if (inputGradient) backward.push(writeInputGradient(kernels, g, convolution));
    return { forward, backward };
  },
};

/** A thread's: the panels of a pixel's weights, or the upstream gradient's and four columns. */
function scratchOf({ inChannels, outChannels }: ConvolutionSettings, g: PixelGeometry, batchSize: number): number {
  const most = (pixels: readonly PixelTaps[]) => Math.max(...pixels.map(({ taps }) => taps.length));
  const [inBlock, outBlock] = [blockOf(inChannels), blockOf(outChannels)];
  return Math.max(
    panelSize(most(g.outputs) * inChannels, outBlock),
    panelSize(most(g.inputs) * outChannels, inBlock),
    panelSize(g.outputs.length * batchSize, outBlock) + 4 * batchSize,
  );
}

/** The rectangle of a pixel in every image, of which `size` floats are an image's. */
const patchesOf = (
  { rows, columns }: PixelTaps,
  samples: number,
  size: number,
  width: number,
  channels: number,
): Patches => ({
  lines: 1,
  perLine: samples,
  lineStride: 0,
  stepStride: size,
  runs: rows,
  runLength: columns * channels,
  runStride: width * channels,
});

/** A block's weights of an output pixel's taps as panels: K = the taps' inputs, N = o. */
function packForOutput(
  kernels: Kernels,
  { settings: { inChannels, outChannels }, weight }: Pick<Convolution, 'settings' | 'weight'>,
  { rows, columns, taps }: PixelTaps,
  { first, count }: ChannelBlock,
  panels: Float32Array,
): void {
  const runLength = columns * inChannels;
  for (let row = 0; row < rows; row++) {
    const source = weight.data.subarray(taps[row * columns] * inChannels * outChannels + first);
    kernels.packPanels(source, runLength, count, outChannels, 1, panels, row * runLength, rows * runLength);
  }
}

/** @param packed where the weights' panels of a block lie, if they are there already */
const multiplyWeights = (
  kernels: Kernels,
  g: PixelGeometry,
  convolution: Convolution,
  packed?: (block: ChannelBlock, offset: number) => Float32Array,
): Phase =>
  perChannels(
    convolution.settings.outChannels,
    (block, { samples }, scratch) => {
      const { settings, input, output, bias } = convolution;
      const { inChannels, outChannels } = settings;
      const { first, count } = block;
      let offset = 0;
      for (const pixel of g.outputs) {
        const panels = packed?.(block, offset) ?? scratch;
        if (!packed) packForOutput(kernels, convolution, pixel, block, panels);
        offset += panelSize(pixel.taps.length * inChannels, count);
        const x = input.data.subarray(pixel.start * inChannels);
        const y = output.data.subarray(pixel.pixel * outChannels + first);
        const patches = patchesOf(pixel, samples, g.inputSize, g.width, inChannels);
        kernels.gemm(x, patches, panels, bias?.data.subarray(first), y, count, g.outputSize);
      }
      activateBlock(kernels, convolution, block, samples * g.outputs.length);
    },
    { mixes: true },
  );

/** The gradients of a block's weights and bias: of each tap a sum over the output's pixels that have it. */
const writeWeightGradient = (
  kernels: Kernels,
  g: PixelGeometry,
  { settings, input, output, weight, bias }: Convolution,
): Phase =>
  perChannels(settings.outChannels, (block, { samples }, scratch) => {
    writeBiasGradientOf(kernels, bias, output, block, samples);
    if (!weight.requiresGrad) return;
    const { inChannels, outChannels } = settings;
    const { first, count } = block;
    const panelsOfPixel = panelSize(samples, count);
    const packed = scratch.subarray(g.outputs.length * panelsOfPixel);
    for (const { pixel } of g.outputs) {
      const dy = output.gradient.subarray(pixel * outChannels + first);
      kernels.packPanels(dy, samples, count, g.outputSize, 1, scratch.subarray(pixel * panelsOfPixel), 0, samples);
    }
    const x = matrix(samples, inChannels, g.inputSize);
    for (let tap = 0; tap < g.taps; tap++) {
      const target = weight.gradient.subarray(tap * inChannels * outChannels + first);
      let isSum = false;
      for (const { pixel, start, columns, taps } of g.outputs) {
        const place = taps.indexOf(tap);
        if (place < 0) continue;
        const source = start + Math.floor(place / columns) * g.width + (place % columns);
        const [a, dy] = [input.data.subarray(source * inChannels), scratch.subarray(pixel * panelsOfPixel)];
        kernels.gemmTransposed(a, x, dy, packed, target, count, outChannels, isSum);
        isSum = true;
      }
      if (!isSum) kernels.zeroColumns(target, inChannels, count, outChannels);
    }
  });

const writeInputGradient = (
  kernels: Kernels,
  g: PixelGeometry,
  { settings, input, output, weight }: Convolution,
): Phase =>
  perChannels(
    settings.inChannels,
    ({ first, count }, { samples }, panels) => {
      const { inChannels, outChannels } = settings;
      for (const pixel of g.inputs) {
        const { taps } = pixel;
        for (const [place, tap] of taps.entries()) {
          const source = weight.data.subarray((tap * inChannels + first) * outChannels);
          const depth = taps.length * outChannels;
          kernels.packPanels(source, outChannels, count, 1, outChannels, panels, place * outChannels, depth);
        }
        const dy = output.gradient.subarray(pixel.start * outChannels);
        const dx = input.gradient.subarray(pixel.pixel * inChannels + first);
        const patches = patchesOf(pixel, samples, g.outputSize, g.outputWidth, outChannels);
        kernels.gemm(dy, patches, panels, undefined, dx, count, g.inputSize);
      }
    },
    { mixes: true },
  );
