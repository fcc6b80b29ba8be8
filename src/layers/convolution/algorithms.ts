import type { Shape } from '../../tensor/shape.js';
import { cutByChannels, isFewSamples } from '../cut.js';
import type { Planner } from '../layer.js';
import { channelGeometry } from './channelGeometry.js';
import { channelProduct } from './channelProduct.js';
import { channelWinograd } from './channelWinograd.js';
import type { ConvolutionAlgorithm, ConvolutionSettings } from './convolution.js';
import { depthwise, depthwiseByChannels } from './depthwise.js';
import { im2col } from './im2col.js';
import { tapsOfPixels } from './pixelGeometry.js';
import { pixelProduct } from './pixelProduct.js';
import { winograd } from './winograd.js';

/** The fastest first; the last one serves every convolution. */
const algorithms: readonly ConvolutionAlgorithm[] = [winograd, depthwise, im2col];

/** Tiles or rows of a product for each shard, up to which reading all of the weights for a shard costs more than reading all of
 * the batch for a block of channels. */
const FEW = 24;

/** Channels from which on a batch of many samples has blocks of them for several threads. */
const MANY_CHANNELS = 128;

/** With stride 2 Winograd's algorithm takes 81 of 144 multiplications, where with stride 1 it takes 36. It pays for images of so
 * many tiles and channels, and for those of one tile that has so many pixels and channels. */
const STRIDED = { tiles: 4, channels: 32, ofOneTile: { pixels: 4, channels: 64 } };

/** A product trains by channels for more rows and fewer channels than that: it saves a gradient of the weights for each shard. */
const TRAINED = { rows: 64, channels: 64 };

/** The most floats of unfolded images. */
const MOST_UNFOLDED = 2 ** 22;

type Batch = Pick<Planner, 'convolution' | 'batchSize' | 'shards' | 'training'>;

/** The algorithm for a convolution, a matter of its shapes and the choice alone, and how it is cut, which the batch size and the
 * number of shards say too; never the machine. Both cuts of an algorithm give the same outputs to the bit. */
export function algorithmFor(
  batch: Batch,
  settings: ConvolutionSettings,
  input: Shape,
  output: Shape,
): ConvolutionAlgorithm {
  if (batch.convolution !== 'im2col' && pixelsPay(settings, input, output)) return pixelProduct;
  const choices = batch.convolution === 'im2col' ? [im2col] : algorithms;
  const served = choices.find(({ serves }) => serves(settings, output)) ?? im2col;
  const [, height, width] = output;
  const { inChannels, outChannels } = settings;
  if (served === depthwise)
    return cutByChannels(batch.batchSize, batch.shards, height * width, outChannels) ? depthwiseByChannels : depthwise;
  const isFew = (units: number, manyChannels = MANY_CHANNELS) => {
    const narrow = Math.min(inChannels, outChannels) < manyChannels;
    return isFewSamples(batch.batchSize) ? outChannels > 16 : !narrow && units <= FEW * batch.shards;
  };
  const tiles = Math.ceil(height / 4) * Math.ceil(width / 4);
  if (served === winograd && (settings.stride[0] === 1 || stridedPays(settings, height * width, tiles))) {
    // A tile with stride 2 has more points to read, 81 instead of 36; but gradients of weights for each shard cost as much.
    const units = (settings.stride[0] === 1 || batch.training ? 1 : 81 / 36) * tiles;
    const manyChannels = settings.stride[0] === 1 ? MANY_CHANNELS : STRIDED.ofOneTile.channels;
    return isFew(batch.batchSize * units, manyChannels) ? channelWinograd : winograd;
  }
  if (!channelProduct.serves(settings, output)) return im2col;
  const { depth, pixels, hasIdleTaps } = channelGeometry(settings, input, output);
  const rows = batch.batchSize * pixels;
  // Of few channels an image is laid out again for each part of its lines sooner than it is unfolded.
  const cutByLines = isFewSamples(batch.batchSize) && inChannels < 8;
  const trained = batch.training && Math.min(inChannels, outChannels) >= TRAINED.channels;
  const savesGradients = trained && !isFewSamples(batch.batchSize) && rows <= TRAINED.rows * batch.shards;
  const byChannels = !cutByLines && (savesGradients || isFew(rows)) && rows * depth <= MOST_UNFOLDED;
  return hasIdleTaps || byChannels ? channelProduct : im2col;
}

/** Where more than half of the taps lie outside the image. */
function pixelsPay(settings: ConvolutionSettings, input: Shape, output: Shape): boolean {
  const { inChannels, outChannels, kernelSize } = settings;
  if (!pixelProduct.serves(settings, output) || Math.min(inChannels, outChannels) < MANY_CHANNELS) return false;
  const [, height, width] = output;
  return 2 * tapsOfPixels(settings, input, output) < height * width * kernelSize[0] * kernelSize[1];
}

function stridedPays({ inChannels, outChannels }: ConvolutionSettings, pixels: number, tiles: number): boolean {
  const channels = Math.min(inChannels, outChannels);
  if (tiles === 1) return channels >= STRIDED.ofOneTile.channels && pixels >= STRIDED.ofOneTile.pixels;
  return channels >= STRIDED.channels && tiles >= STRIDED.tiles;
}
