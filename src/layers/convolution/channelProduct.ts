import type { Kernels } from '../../kernels/kernels.js';
import { matrix, panelSize } from '../../kernels/patches.js';
import {
  type ChannelBlock,
  channelBlock,
  channelBlocks,
  type Phase,
  perChannels,
  perPart,
} from '../../program/phase.js';
import { samplesOf } from '../layer.js';
import { writeBiasGradientOf } from './biasGradient.js';
import { type ChannelGeometry, channelGeometry, idleWeights } from './channelGeometry.js';
import type { Convolution, ConvolutionAlgorithm, ConvolutionPhases } from './convolution.js';

/** A convolution as a product with the unfolded images of the whole batch, cut by channels: each weight is read once a step, and
 * its gradient is summed over all of the batch. For few pixels and many channels. Taps that are outside for every output
 * are left out, and a kernel of one tap wants no unfolding. */
export const channelProduct: ConvolutionAlgorithm = {
  name: 'im2col by channels',
  sharded: false,
  serves: ({ groups }) => groups === 1,
  plan(convolution, planner): ConvolutionPhases {
    const { settings, input, output, weight } = convolution;
    const { kernels, arena, training, inputGradient, batchSize } = planner;
    const g = channelGeometry(settings, input.shape, output.shape);
    planner.scratch(g.scratch(batchSize));
    const unfolded = g.isMatrix ? input.data : planner.memory(batchSize * g.pixels * g.depth, true);
    const unfolding = g.isMatrix ? [] : [unfoldInput(kernels, g, convolution, unfolded)];
    const { outChannels } = settings;
    if (!training) {
      const panels = arena.float32(panelSize(g.depth, outChannels));
      const ofBlock = ({ first }: ChannelBlock) => panels.subarray(first * g.depth);
      return {
        prepare: perPart(channelBlocks(outChannels), (part) => {
          const block = channelBlock(outChannels, part);
          packWeights(kernels, g, outChannels, weight.data, block, ofBlock(block));
        }),
        forward: unfolding.concat(multiplyWeights(kernels, g, convolution, unfolded, ofBlock)),
        backward: [],
      };
    }
    const ofBlock = (block: ChannelBlock, scratch: Float32Array) => {
      packWeights(kernels, g, outChannels, weight.data, block, scratch);
      return scratch;
    };
    const backward = [writeWeightGradient(kernels, g, convolution, unfolded)];
    if (inputGradient) backward.push(writeInputGradient(kernels, g, convolution));
    return { forward: unfolding.concat(multiplyWeights(kernels, g, convolution, unfolded, ofBlock)), backward };
  },
};

const unfoldInput = (kernels: Kernels, g: ChannelGeometry, { settings, input }: Convolution, unfolded: Float32Array) =>
  perChannels(settings.inChannels, ({ first, count }, { samples }) => {
    const [window, size] = [{ ...g.window, channels: count }, g.pixels * g.depth];
    for (let n = 0; n < samples; n++) {
      const image = samplesOf(input.data, g.inputSize, n).subarray(first);
      const target = samplesOf(unfolded, size, n).subarray(first);
      kernels.unfold(image, window, settings.inChannels, target, g.depth, settings.inChannels);
    }
  });

/** A block's weights as panels: K = the taps' inputs, N = o. */
function packWeights(
  kernels: Kernels,
  g: ChannelGeometry,
  outChannels: number,
  weight: Float32Array,
  { first, count }: ChannelBlock,
  panels: Float32Array,
): void {
  for (let row = 0; row < g.window.kernelHeight; row++) {
    const source = weight.subarray(g.rowStart(row) * outChannels + first);
    kernels.packPanels(source, g.runLength, count, outChannels, 1, panels, row * g.runLength, g.depth);
  }
}

const multiplyWeights = (
  kernels: Kernels,
  g: ChannelGeometry,
  convolution: Convolution,
  unfolded: Float32Array,
  panelsOf: (block: ChannelBlock, scratch: Float32Array) => Float32Array,
): Phase =>
  perChannels(
    convolution.settings.outChannels,
    (block, { samples }, scratch) => {
      const { settings, output, bias } = convolution;
      const { first, count } = block;
      const y = output.data.subarray(first);
      const panels = panelsOf(block, scratch);
      kernels.gemm(unfolded, g.unfolded(samples), panels, bias?.data.subarray(first), y, count, settings.outChannels);
      activateBlock(kernels, convolution, block, samples * g.pixels);
    },
    { mixes: true },
  );

/** What a convolution does besides its sums, to a block of so many rows of its output. */
export function activateBlock(
  kernels: Kernels,
  { settings, output, floor, affine, affineFloor, affineCeiling }: Convolution,
  { first, count }: ChannelBlock,
  rows: number,
): void {
  const { outChannels } = settings;
  const y = output.data.subarray(first);
  if (floor === 0) kernels.reluColumns(y, rows, count, outChannels);
  if (affine) kernels.scaleShift(y, rows, count, outChannels, affine.subarray(first), affineFloor, affineCeiling, y);
}

/** The gradients of a block's weights and bias. */
function writeWeightGradient(
  kernels: Kernels,
  g: ChannelGeometry,
  { settings, output, weight, bias }: Convolution,
  unfolded: Float32Array,
): Phase {
  const idle = idleWeights(settings, g);
  return perChannels(settings.outChannels, (block, { samples }, scratch) => {
    writeBiasGradientOf(kernels, bias, output, block, samples);
    if (!weight.requiresGrad) return;
    const { first, count } = block;
    const { outChannels } = settings;
    const rows = samples * g.pixels;
    const packed = scratch.subarray(panelSize(rows, count));
    kernels.packPanels(output.gradient.subarray(first), rows, count, outChannels, 1, scratch, 0, rows);
    for (let row = 0; row < g.window.kernelHeight; row++) {
      const run = { ...g.unfolded(samples), runs: 1 };
      const target = weight.gradient.subarray(g.rowStart(row) * outChannels + first);
      const a = unfolded.subarray(row * g.runLength);
      kernels.gemmTransposed(a, run, scratch, packed, target, count, outChannels, false);
    }
    for (const [start, end] of idle) {
      // Every block writes its part of what no output reads.
      const [from, to] = [first, first + count].map((channel) => start + ((end - start) / outChannels) * channel);
      weight.gradient.fill(0, from, to);
    }
  });
}

const writeInputGradient = (kernels: Kernels, g: ChannelGeometry, { settings, input, output, weight }: Convolution) =>
  perChannels(
    settings.inChannels,
    ({ first, count }, { samples }, scratch) => {
      const { inChannels, outChannels } = settings;
      const [window, panelsOfTap] = [{ ...g.window, channels: count }, panelSize(outChannels, count)];
      for (let tap = 0; tap < g.taps; tap++) {
        const row = g.rowStart(Math.floor(tap / window.kernelWidth)) + (tap % window.kernelWidth) * inChannels;
        const source = weight.data.subarray((row + first) * outChannels);
        const target = scratch.subarray(tap * panelsOfTap);
        kernels.packPanels(source, outChannels, count, 1, outChannels, target, 0, outChannels);
      }
      const dx = input.gradient.subarray(first);
      if (g.isMatrix) {
        const dy = matrix(samples * g.pixels, outChannels);
        kernels.gemm(output.gradient, dy, scratch, undefined, dx, count, inChannels);
        return;
      }
      const [columns, perWindow] = [scratch.subarray(g.taps * panelsOfTap), g.taps * count];
      for (let n = 0; n < samples; n += g.foldedImages) {
        const images = Math.min(g.foldedImages, samples - n);
        const dy = matrix(images * g.pixels, outChannels);
        for (let tap = 0; tap < g.taps; tap++) {
          const panels = scratch.subarray(tap * panelsOfTap);
          const target = columns.subarray(tap * count);
          kernels.gemm(
            samplesOf(output.gradient, g.outputSize, n, images),
            dy,
            panels,
            undefined,
            target,
            count,
            perWindow,
          );
        }
        for (let i = 0; i < images; i++) {
          const source = columns.subarray(i * g.pixels * perWindow);
          kernels.fold(source, window, perWindow, count, dx.subarray((n + i) * g.inputSize), inChannels);
        }
      }
    },
    { mixes: true },
  );
