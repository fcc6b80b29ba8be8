import { channelBlocks } from '../program/phase.js';

/** Rows of channels in a shard below which calls and barriers take longer than the numbers. Above, rows that lie one behind the
 * other are read faster than a few channels of each. */
const FEW_ROWS = 128;

/** Whether a layer that treats each channel by itself is cut by channels over the whole batch rather than by shards: where
 * images have few pixels, and there are channels for several threads. */
export const cutByChannels = (batchSize: number, shards: number, pixels: number, channels: number): boolean =>
  batchSize * pixels < FEW_ROWS * shards && channelBlocks(channels) > 1;
