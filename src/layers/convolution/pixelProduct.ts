import type { Kernels } from '../../kernels/kernels.js';
import { matrix, type Patches, panelSize } from '../../kernels/patches.js';
import { allSamples, ownSamples, type SampleRange } from '../../program/ownPart.js';
import {
  blockOf,
  type ChannelBlock,
  type ChannelPhase,
  channelBlock,
  channelBlocks,
  type Pass,
  type Phase,
  perChannels,
  perPart,
} from '../../program/phase.js';
import { isFewSamples } from '../cut.js';
import { samplesOf } from '../layer.js';
import { writeBiasGradientOf } from './biasGradient.js';
import { activateBlock } from './channelProduct.js';
import type { Convolution, ConvolutionAlgorithm, ConvolutionPhases, ConvolutionSettings } from './convolution.js';
import { overWholeBatch } from './overWholeBatch.js';
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
    const images = planner.memory(batchSize * g.imageStride, true);
    const copyOf = (samplesOfPass: (pass: Pass) => SampleRange) =>
      copyInput(kernels, g, convolution, images, samplesOfPass);
    const copy = copyOf(ownSamples);
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
      return { prepare, forward: [copy, multiplyWeights(kernels, g, convolution, images, panelsOf)], backward: [] };
    }
    const forward = [copy, multiplyWeights(kernels, g, convolution, images)];
    if (!training) return { forward, backward: [] };
    return overWholeBatch(convolution, planner, {
      forward,
      ofInput: inputGradient ? [writeInputGradient(kernels, g, convolution)] : [],
      again: [copyOf(allSamples)],
      ofParameters: writeWeightGradient(kernels, g, convolution, images),
    });
  },
};

/** A thread's: the panels of a pixel's weights, or four columns and the upstream gradient's panels. */
function scratchOf({ inChannels, outChannels }: ConvolutionSettings, g: PixelGeometry, batchSize: number): number {
  const most = (pixels: readonly PixelTaps[]) => Math.max(...pixels.map(({ taps }) => taps.length));
  const [inBlock, outBlock] = [blockOf(inChannels), blockOf(outChannels)];
  return Math.max(
    panelSize(most(g.outputs) * inChannels, outBlock),
    panelSize(most(g.inputs) * outChannels, inBlock),
    g.outputs.length * (panelSize(batchSize, outBlock) + 4 * batchSize),
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

const copyInput = (
  kernels: Kernels,
  g: PixelGeometry,
  { settings, input }: Convolution,
  images: Float32Array,
  samplesOfPass: (pass: Pass) => SampleRange,
) =>
  perChannels(settings.inChannels, ({ first, count }, pass) => {
    const { inChannels } = settings;
    const samples = samplesOfPass(pass);
    for (let n = samples.first; n < samples.first + samples.count; n++) {
      const image = samplesOf(input.data, g.inputSize, n).subarray(first);
      const target = images.subarray(n * g.imageStride + first);
      kernels.unfold(image, { ...g.pixelWindow, channels: count }, inChannels, target, inChannels, 0);
    }
  });

/** @param packed where the weights' panels of a block lie, if they are there already */
const multiplyWeights = (
  kernels: Kernels,
  g: PixelGeometry,
  convolution: Convolution,
  images: Float32Array,
  packed?: (block: ChannelBlock, offset: number) => Float32Array,
): Phase =>
  perChannels(
    convolution.settings.outChannels,
    (block, pass, scratch) => {
      const { settings, output, bias } = convolution;
      const { inChannels, outChannels } = settings;
      const { first, count } = block;
      const samples = ownSamples(pass);
      const ownOutput = output.data.subarray(samples.first * g.outputSize);
      let offset = 0;
      for (const pixel of g.outputs) {
        const panels = packed?.(block, offset) ?? scratch;
        if (!packed) packForOutput(kernels, convolution, pixel, block, panels);
        offset += panelSize(pixel.taps.length * inChannels, count);
        const x = images.subarray(samples.first * g.imageStride + pixel.start * inChannels);
        const y = ownOutput.subarray(pixel.pixel * outChannels + first);
        const patches = patchesOf(pixel, samples.count, g.imageStride, g.width, inChannels);
        kernels.gemm(x, patches, panels, bias?.data.subarray(first), y, count, g.outputSize);
      }
      activateBlock(kernels, convolution, block, ownOutput.subarray(first), samples.count * g.outputs.length);
    },
    { mixes: true },
  );

/** The gradients of a block's weights and bias: of each tap a sum over the output's pixels that have it. */
const writeWeightGradient = (
  kernels: Kernels,
  g: PixelGeometry,
  { settings, output, weight, bias }: Convolution,
  images: Float32Array,
): ChannelPhase =>
  perChannels(settings.outChannels, (block, { samples }, scratch) => {
    writeBiasGradientOf(kernels, bias, output, block, samples);
    if (!weight.requiresGrad) return;
    const { inChannels, outChannels } = settings;
    const { first, count } = block;
    const panels = scratch.subarray(4 * g.outputs.length * samples);
    for (const [tap, runs] of g.runs.entries()) {
      const target = weight.gradient.subarray(tap * inChannels * outChannels + first);
      if (runs.length === 0) kernels.zeroColumns(target, inChannels, count, outChannels);
      for (const [index, { pixels, start, step }] of runs.entries()) {
        const depth = pixels.length * samples;
        for (const [place, pixel] of pixels.entries()) {
          const dy = output.gradient.subarray(pixel * outChannels + first);
          kernels.packPanels(dy, samples, count, g.outputSize, 1, panels, place * samples, depth);
        }
        const x = {
          ...matrix(samples, inChannels, g.imageStride),
          lines: pixels.length,
          lineStride: step * inChannels,
        };
        const a = images.subarray(start * inChannels);
        kernels.gemmTransposed(a, x, panels, scratch, target, count, outChannels, index > 0);
      }
    }
  });

const writeInputGradient = (
  kernels: Kernels,
  g: PixelGeometry,
  { settings, input, output, weight }: Convolution,
): Phase =>
  perChannels(
    settings.inChannels,
    ({ first, count }, pass, panels) => {
      const { inChannels, outChannels } = settings;
      const samples = ownSamples(pass);
      for (const pixel of g.inputs) {
        const { taps } = pixel;
        for (const [place, tap] of taps.entries()) {
          const source = weight.data.subarray((tap * inChannels + first) * outChannels);
          const depth = taps.length * outChannels;
          kernels.packPanels(source, outChannels, count, 1, outChannels, panels, place * outChannels, depth);
        }
        const dy = output.gradient.subarray(samples.first * g.outputSize + pixel.start * outChannels);
        const dx = input.gradient.subarray(samples.first * g.inputSize + pixel.pixel * inChannels + first);
        const patches = patchesOf(pixel, samples.count, g.outputSize, g.outputWidth, outChannels);
        kernels.gemm(dy, patches, panels, undefined, dx, count, g.inputSize);
      }
    },
    { mixes: true },
  );
