import type { Kernels } from '../../kernels/kernels.js';
import { matrix, panelSize } from '../../kernels/patches.js';
import { allSamples, ownSamples, type SampleRange } from '../../program/ownPart.js';
import {
  type ChannelBlock,
  type ChannelPhase,
  channelBlock,
  channelBlocks,
  type Pass,
  type Phase,
  perChannels,
  perPart,
} from '../../program/phase.js';
import { samplesOf } from '../layer.js';
import { writeBiasGradientOf } from './biasGradient.js';
import { type ChannelGeometry, channelGeometry, idleWeights } from './channelGeometry.js';
import type { Convolution, ConvolutionAlgorithm, ConvolutionPhases } from './convolution.js';
import { overWholeBatch } from './overWholeBatch.js';

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
    const unfoldingOf = (samplesOfPass: (pass: Pass) => SampleRange): Phase[] =>
      g.isMatrix ? [] : [unfoldInput(kernels, g, convolution, unfolded, samplesOfPass)];
    const unfolding = unfoldingOf(ownSamples);
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
    return overWholeBatch(convolution, planner, {
      forward: unfolding.concat(multiplyWeights(kernels, g, convolution, unfolded, ofBlock)),
      ofInput: inputGradient ? [writeInputGradient(kernels, g, convolution)] : [],
      again: unfoldingOf(allSamples),
      ofParameters: writeWeightGradient(kernels, g, convolution, unfolded),
    });
  },
};

const unfoldInput = (
  kernels: Kernels,
  g: ChannelGeometry,
  { settings, input }: Convolution,
  unfolded: Float32Array,
  samplesOfPass: (pass: Pass) => SampleRange,
) =>
  perChannels(settings.inChannels, ({ first, count }, pass) => {
    const [window, size, samples] = [{ ...g.window, channels: count }, g.pixels * g.depth, samplesOfPass(pass)];
    for (let n = samples.first; n < samples.first + samples.count; n++) {
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
    (block, pass, scratch) => {
      const { settings, output, bias } = convolution;
      const { first, count } = block;
      const samples = ownSamples(pass);
      const x = unfolded.subarray(samples.first * g.pixels * g.depth);
      const y = output.data.subarray(samples.first * g.outputSize + first);
      const panels = panelsOf(block, scratch);
      kernels.gemm(x, g.unfolded(samples.count), panels, bias?.data.subarray(first), y, count, settings.outChannels);
      activateBlock(kernels, convolution, block, y, samples.count * g.pixels);
    },
    { mixes: true },
  );

/** What a convolution does besides its sums, to a block of so many rows `y` of its output. */
export function activateBlock(
  kernels: Kernels,
  { settings, floor, affine, affineFloor, affineCeiling }: Convolution,
  { first, count }: ChannelBlock,
  y: Float32Array,
  rows: number,
): void {
  const { outChannels } = settings;
  if (floor === 0) kernels.reluColumns(y, rows, count, outChannels);
  if (affine) kernels.scaleShift(y, rows, count, outChannels, affine.subarray(first), affineFloor, affineCeiling, y);
}

/** The gradients of a block's weights and bias. */
function writeWeightGradient(
  kernels: Kernels,
  g: ChannelGeometry,
  { settings, output, weight, bias }: Convolution,
  unfolded: Float32Array,
): ChannelPhase {
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
    for (const [start, end] of idle)
      kernels.zeroColumns(weight.gradient.subarray(start + first), (end - start) / outChannels, count, outChannels);
  });
}

const writeInputGradient = (kernels: Kernels, g: ChannelGeometry, { settings, input, output, weight }: Convolution) =>
  perChannels(
    settings.inChannels,
    ({ first, count }, pass, scratch) => {
      const { inChannels, outChannels } = settings;
      const own = ownSamples(pass);
      const [window, panelsOfTap] = [{ ...g.window, channels: count }, panelSize(outChannels, count)];
      for (let tap = 0; tap < g.taps; tap++) {
        const row = g.rowStart(Math.floor(tap / window.kernelWidth)) + (tap % window.kernelWidth) * inChannels;
        const source = weight.data.subarray((row + first) * outChannels);
        const target = scratch.subarray(tap * panelsOfTap);
        kernels.packPanels(source, outChannels, count, 1, outChannels, target, 0, outChannels);
      }
      const dx = input.gradient.subarray(first);
      if (g.isMatrix) {
        const dy = samplesOf(output.gradient, g.outputSize, own.first, own.count);
        const rows = matrix(own.count * g.pixels, outChannels);
        kernels.gemm(dy, rows, scratch, undefined, dx.subarray(own.first * g.inputSize), count, inChannels);
        return;
      }
      const [columns, perWindow] = [scratch.subarray(g.taps * panelsOfTap), g.taps * count];
      const end = own.first + own.count;
      for (let n = own.first; n < end; n += g.foldedImages) {
        const images = Math.min(g.foldedImages, end - n);
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
