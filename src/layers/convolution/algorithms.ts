import type { Shape } from '../../tensor/shape.js';
import type { Planner } from '../layer.js';
import type { ConvolutionAlgorithm, ConvolutionSettings } from './convolution.js';
import { depthwise, depthwiseByChannels } from './depthwise.js';
import { im2col } from './im2col.js';
import { winograd } from './winograd.js';

/** The fastest first; the last one serves every convolution. */
const algorithms: readonly ConvolutionAlgorithm[] = [winograd, depthwiseByChannels, depthwise, im2col];

/** The algorithm for a convolution: a matter of its shapes, the batch's and the choice alone, never of the machine. */
export const algorithmFor = (
  planner: Pick<Planner, 'convolution' | 'batchSize' | 'shards'>,
  settings: ConvolutionSettings,
  output: Shape,
): ConvolutionAlgorithm =>
  (planner.convolution === 'im2col' ? undefined : algorithms.find(({ serves }) => serves(settings, output, planner))) ??
  im2col;
