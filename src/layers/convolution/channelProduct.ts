import type { Kernels } from '../../kernels/kernels.js';
import { matrix, type Patches, panelSize } from '../../kernels/patches.js';
import { CHANNEL_BLOCK, type ChannelBlock, type Phase, perChannels } from '../../program/phase.js';
import { type Shape, sizeOf } from '../../tensor/shape.js';
import { samplesOf } from '../layer.js';
import { writeBiasGradientOf } from './biasGradient.js';
import { type ChannelGeometry, channelGeometry } from './channelGeometry.js';
import type { Convolution, ConvolutionAlgorithm, ConvolutionPhases } from './convolution.js';

/** A convolution as a product with the unfolded images of the whole batch, cut by channels: each weight is read once a step, and
 * its gradient is summed over all of the batch. For few pixels and many channels. Taps that lie outside for every output
 * are left out. A kernel of one tap wants no unfolding. */
export const channelProduct: ConvolutionAlgorithm = {
  sharded: false,
  serves: ({ groups }) => groups === 1,
  plan(convolution, planner): ConvolutionPhases {
    const { settings, input, output } = convolution;
    const { kernels, arena, training, inputGradient, batchSize } = planner;
    const g = channelGeometry(settings, input.shape, output.shape);
    planner.scratch(g.scratch(batchSize));
    const unfolded = g.isMatrix ? input.data : planner.memory(batchSize * g.pixels * g.depth, true);
    const forward = g.isMatrix ? [] : [unfoldInput(kernels, g, convolution, unfolded)];
    if (!training) {
      const panels = arena.float32(panelSize(g.depth, settings.outChannels));
      const ofBlock = ({ first }: ChannelBlock) => panels.subarray(first * g.depth);
      forward.push(multiplyWeights(kernels, g, convolution, unfolded, ofBlock));
      return { prepare: packWeights(kernels, g, convolution, panels), forward, backward: [] };
    }
    const ofBlock = (block: ChannelBlock, scratch: Float32Array) => {
      packBlock(kernels, g, convolution.weight.data, block, scratch);
      return scratch;
    };
    forward.push(multiplyWeights(kernels, g, convolution, unfolded, ofBlock));
    const backward = [writeWeightGradient(kernels, g, convolution, unfolded)];
    if (inputGradient) backward.push(writeInputGradient(kernels, g, convolution));
    return { forward, backward };
  },
};
