import type { Kernels } from '../../kernels/kernels.js';
import { APART } from '../../kernels/tiles.js';
import { allSamples, ownSamples, type SampleRange } from '../../program/ownPart.js';
import {
  blockOf,
  type ChannelBlock,
  type ChannelPhase,
  channelBlocks,
  type Pass,
  type Phase,
  perChannels,
  perPart,
} from '../../program/phase.js';
import type { Arena } from '../../tensor/arena.js';
import { isFewSamples } from '../cut.js';
import { samplesOf } from '../layer.js';
import { writeBiasGradientOf } from './biasGradient.js';
import {
  forEachImageBlock,
  pointsAt,
  transformInput,
  transformUpstream,
  writeUpstreamPoints,
} from './channelPoints.js';
import type { Convolution, ConvolutionAlgorithm, ConvolutionPhases } from './convolution.js';
import { overWholeBatch } from './overWholeBatch.js';
import { forEachRow, winograd } from './winograd.js';
import { type ChannelGeometry, winogradChannelGeometry } from './winogradChannelGeometry.js';
import { POINTS } from './winogradGeometry.js';
import { inputPanel, outputPanel } from './winogradWeights.js';

/** Winograd's algorithm as in ./winograd.ts, cut by channels over the whole batch: each weight is transformed once a step, by the
 * thread that needs it, and its gradient is summed over all of the batch. For few tiles and many channels. The points of the
 * input and of the upstream gradient lie in memory that all threads share, block after block of images; those of the
 * input are kept for the weights' gradient. */
export const channelWinograd: ConvolutionAlgorithm = {
  name: 'Winograd by channels',
  sharded: false,
  serves: winograd.serves,
  plan(convolution, planner): ConvolutionPhases {
    const { settings, input, output } = convolution;
    const { kernels, arena, training, inputGradient, batchSize } = planner;
    const g = winogradChannelGeometry(settings, input.shape, output.shape, batchSize);
    planner.scratch(g.scratch);
    const points = planner.memory(g.blocks * g.inputPoints, true);
    const transform = (samplesOfPass: (pass: Pass) => SampleRange) =>
      transformInput(kernels, g, convolution, batchSize, points, samplesOfPass);
    const toPoints = transform(ownSamples);
    // Points of weights take four times their memory, and save little where many images share them.
    if (!training && isFewSamples(batchSize)) {
      const { prepare, weightsOf } = keepWeights(kernels, convolution, arena);
      return {
        prepare,
        forward: [toPoints, multiplyWeights(kernels, g, convolution, points, weightsOf)],
        backward: [],
      };
    }
    const weightsOf = transformWeights(kernels, g, convolution);
    const forward = [toPoints, multiplyWeights(kernels, g, convolution, points, weightsOf)];
    if (!training) return { forward, backward: [] };
    const gradientPoints = planner.memory(g.blocks * g.outputPoints, false);
    return overWholeBatch(convolution, planner, {
      forward,
      upstream: transformUpstream(kernels, g, convolution, gradientPoints),
      ofInput: inputGradient ? [writeInputGradient(kernels, g, convolution, gradientPoints)] : [],
      again: [transform(allSamples)],
      ofParameters: writeWeightGradient(kernels, g, convolution, points, gradientPoints),
    });
  },
};

/** A channel block's weights as panels for the product. */
type WeightsOf = (
  channels: ChannelBlock,
  scratch: Float32Array,
) => { readonly panels: Float32Array; readonly pointStride: number };

/** Made once, all of them: a block's weights lie together, so that a thread reads one region from end to end. */
function keepWeights(kernels: Kernels, { settings, weight }: Convolution, arena: Arena) {
  const { inChannels, outChannels } = settings;
  const block = blockOf(outChannels);
  const pointStride = inChannels * block + APART;
  const blockSize = POINTS * pointStride;
  const panels = arena.float32(channelBlocks(outChannels) * blockSize);
  const panelsOf = (channel: number) => panels.subarray(Math.floor(channel / block) * blockSize);
  const weightsOf: WeightsOf = ({ first }) => ({ panels: panelsOf(first), pointStride });
  const prepare = perPart(outChannels / 8, (part, _pass, scratch) => {
    const target = panelsOf(8 * part).subarray(((8 * part) % block) * inChannels);
    outputPanel(kernels, settings, weight.data, 8 * part, target, pointStride, scratch);
  });
  return { prepare, weightsOf };
}

/** Made in scratch memory by the thread that needs them. */
const transformWeights =
  (kernels: Kernels, g: ChannelGeometry, { settings, weight }: Convolution): WeightsOf =>
  ({ first, count }, scratch) => {
    const panels = scratch.subarray(g.panels);
    const pointStride = settings.inChannels * count + APART;
    for (let o = 0; o < count; o += 8) {
      const panel = panels.subarray(o * settings.inChannels);
      outputPanel(kernels, settings, weight.data, first + o, panel, pointStride, scratch);
    }
    return { panels, pointStride };
  };

const multiplyWeights = (
  kernels: Kernels,
  g: ChannelGeometry,
  { settings, output, bias, floor, affine, affineFloor, affineCeiling }: Convolution,
  points: Float32Array,
  weightsOf: WeightsOf,
): Phase =>
  perChannels(
    settings.outChannels,
    (channels, pass, scratch) => {
      const { first, count } = channels;
      const { panels, pointStride } = weightsOf(channels, scratch);
      const results = scratch.subarray(g.results);
      const [biasOfBlock, affineOfBlock] = [bias?.data, affine].map((array) => array?.subarray(first));
      const rows = g.outputRows(count);
      forEachImageBlock(g, ownSamples(pass), ({ first: start, images, index }) => {
        const counts = g.countsOf(images);
        const x = samplesOf(points, g.inputPoints, index);
        const { inChannels } = settings;
        kernels.winogradProducts(
          x,
          g.inputStrides,
          counts,
          inChannels,
          panels,
          pointStride,
          results,
          g.resultStrides,
          count,
          false,
        );
        forEachRow({ rows }, start, counts, images, (sample, row, place) => {
          kernels.winogradOutput(
            results.subarray(place),
            g.resultStrides,
            row.output,
            biasOfBlock,
            floor,
            affineOfBlock,
            affineFloor,
            affineCeiling,
            samplesOf(output.data, g.outputSize, sample).subarray(first),
            scratch,
          );
        });
      });
    },
    { mixes: true },
  );

/** The upstream gradient's points of a channel block, and its weights' and bias's gradients. */
const writeWeightGradient = (
  kernels: Kernels,
  g: ChannelGeometry,
  { settings, output, weight, bias }: Convolution,
  points: Float32Array,
  gradientPoints: Float32Array,
): ChannelPhase =>
  perChannels(settings.outChannels, (channels, pass, scratch) => {
    const { inChannels, outChannels } = settings;
    const { first, count } = channels;
    const gradient = scratch.subarray(g.panels);
    const gradientStride = inChannels * count + APART;
    forEachImageBlock(g, allSamples(pass), (block) => {
      const dy = pointsAt(gradientPoints, block.index, g.outputPoints, g.outputStrides, first);
      writeUpstreamPoints(kernels, g, channels, output.gradient, block, dy, scratch);
      if (!weight.requiresGrad) return;
      kernels.winogradWeightProducts(
        samplesOf(points, g.inputPoints, block.index),
        g.inputStrides,
        dy,
        g.outputStrides,
        g.countsOf(block.images),
        inChannels,
        count,
        gradient,
        gradientStride,
        block.index > 0,
      );
    });
    writeBiasGradientOf(kernels, bias, output, channels, pass.samples);
    if (!weight.requiresGrad) return;
    const target = weight.gradient.subarray(first);
    const taps = inChannels * outChannels;
    kernels.winogradWeightGradient(
      gradient,
      g.stride,
      gradientStride,
      inChannels,
      count,
      target,
      taps,
      outChannels,
      scratch,
    );
  });

const writeInputGradient = (
  kernels: Kernels,
  g: ChannelGeometry,
  { settings, input, weight }: Convolution,
  gradientPoints: Float32Array,
): Phase =>
  perChannels(
    settings.inChannels,
    ({ first, count }, pass, scratch) => {
      const { outChannels, inChannels } = settings;
      const [panels, results] = [scratch.subarray(g.panels), scratch.subarray(g.results)];
      const pointStride = outChannels * count + APART;
      for (let c = 0; c < count; c += 8)
        inputPanel(kernels, settings, weight.data, first + c, panels.subarray(c * outChannels), pointStride, scratch);
      const rows = g.inputRows(count);
      const pixels = g.inputSize / inChannels;
      forEachImageBlock(g, ownSamples(pass), ({ first: start, images, index }) => {
        const counts = g.countsOf(images);
        const dy = samplesOf(gradientPoints, g.outputPoints, index);
        kernels.winogradProducts(
          dy,
          g.outputStrides,
          counts,
          outChannels,
          panels,
          pointStride,
          results,
          g.resultStrides,
          count,
          true,
        );
        const dx = samplesOf(input.gradient, g.inputSize, start, images).subarray(first);
        kernels.zeroColumns(dx, images * pixels, count, inChannels);
        forEachRow({ rows }, start, counts, images, (sample, row, place) => {
          const image = samplesOf(input.gradient, g.inputSize, sample).subarray(first);
          kernels.winogradInputGradient(results.subarray(place), g.resultStrides, row.input, image, scratch);
        });
      });
    },
    { mixes: true },
  );
