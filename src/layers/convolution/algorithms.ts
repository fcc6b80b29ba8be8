import type { Shape } from '../../tensor/shape.js';
import type { Planner } from '../layer.js';
import { channelGeometry } from './channelGeometry.js';
import { channelProduct } from './channelProduct.js';
import { channelWinograd } from './channelWinograd.js';
import type { ConvolutionAlgorithm, ConvolutionSettings } from './convolution.js';
import { depthwise } from './depthwise.js';
import { im2col } from './im2col.js';
import { winograd } from './winograd.js';

/** The fastest first; the last one serves every convolution. */
const algorithms: readonly ConvolutionAlgorithm[] = [winograd, depthwise, im2col];

/** Tiles or rows of a product for each shard, up to which reading all of the weights for a shard costs more than reading all of
 * the batch for a block of channels. */
const FEW = 24;

/** Samples that are too few to be shards for all threads. */
const FEW_SAMPLES = 4;

/** Channels from which on a batch of many samples has blocks of them for several threads. */
const MANY_CHANNELS = 128;

/** Channels from which on Winograd's algorithm pays with stride 2, where it takes 81 of 144 multiplications. */
const STRIDED_CHANNELS = 32;

/** The most floats of unfolded images. */
const MOST_UNFOLDED = 2 ** 22;

type Batch = Pick<Planner, 'convolution' | 'batchSize' | 'shards'>;

/** The algorithm for a convolution and how it is cut: a matter of the shapes, the batch size, the number of shards and the choice
 * alone, never of the machine. Both cuts of an algorithm give the same outputs to the bit. */
export function algorithmFor(
  batch: Batch,
  settings: ConvolutionSettings,
  input: Shape,
  output: Shape,
): ConvolutionAlgorithm {
  const choices = batch.convolution === 'im2col' ? [im2col] : algorithms;
  const served = choices.find(({ serves }) => serves(settings, output)) ?? im2col;
  const { inChannels, outChannels } = settings;
  const isFew = (units: number) => {
    const narrow = Math.min(inChannels, outChannels) < MANY_CHANNELS;
    return batch.batchSize <= FEW_SAMPLES ? outChannels > 16 : !narrow && units <= FEW * batch.shards;
  };
  const tiles = batch.batchSize * tilesOf(output);
  if (served === winograd && settings.stride[0] === 1) return isFew(tiles) ? channelWinograd : winograd;
  const algorithm = served === winograd ? stridedAlgorithm(batch, settings, output, isFew) : served;
  if (algorithm !== im2col || !channelProduct.serves(settings, output)) return algorithm;
  const { depth, pixels, hasIdleTaps } = channelGeometry(settings, input, output);
  const rows = batch.batchSize * pixels;
  return hasIdleTaps || (isFew(rows) && rows * depth <= MOST_UNFOLDED) ? channelProduct : im2col;
}

/** For what Winograd's algorithm serves with stride 2: products, where few outputs would not fill its tiles, or for few tiles of few
 * channels. A tile has 81 points instead of 36, and counts for so many more. */
function stridedAlgorithm(
  { batchSize, shards }: Batch,
  { inChannels, outChannels }: ConvolutionSettings,
  output: Shape,
  isFew: (units: number) => boolean,
): ConvolutionAlgorithm {
  const units = (81 / 36) * batchSize * tilesOf(output);
  const rows = batchSize * output[1] * output[2];
  if (isFew(units)) return rows > FEW * shards ? channelWinograd : im2col;
  return Math.min(inChannels, outChannels) >= STRIDED_CHANNELS && units > FEW * shards ? winograd : im2col;
}

const tilesOf = ([, height, width]: Shape) => Math.ceil(height / 4) * Math.ceil(width / 4);
