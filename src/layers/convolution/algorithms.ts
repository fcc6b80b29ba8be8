import type { Shape } from '../../tensor/shape.js';
import { cutByChannels } from '../cut.js';
import type { Planner } from '../layer.js';
import type { ConvolutionAlgorithm, ConvolutionSettings } from './convolution.js';
import { depthwise, depthwiseByChannels } from './depthwise.js';
import { im2col } from './im2col.js';
import { winograd } from './winograd.js';

/** The fastest first; the last one serves every convolution. */
const algorithms: readonly ConvolutionAlgorithm[] = [winograd, depthwise, im2col];

type Batch = Pick<Planner, 'convolution' | 'batchSize' | 'shards'>;

/** The algorithm for a convolution and how it is cut: a matter of the shapes, the batch size, the number of shards and the choice
 * alone, never of the machine. */
export function algorithmFor(batch: Batch, settings: ConvolutionSettings, output: Shape): ConvolutionAlgorithm {
  const choices = batch.convolution === 'im2col' ? [im2col] : algorithms;
  const algorithm = choices.find(({ serves }) => serves(settings, output)) ?? im2col;
  const [channels, height, width] = output;
  if (algorithm !== depthwise) return algorithm;
  return cutByChannels(batch.batchSize, batch.shards, height * width, channels) ? depthwiseByChannels : depthwise;
}
