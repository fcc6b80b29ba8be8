import { CHANNEL_BLOCK } from '../program/phase.js';

/** Rows of channels in a shard under which its share of a layer is too small: the work of a call, and of the barrier behind it,
 * is then more than that of the numbers. */
const FEW_ROWS = 256;

/** Whether a layer that treats each channel by itself is cut by channels over the whole batch rather than by shards: where
 * images have few pixels, and there are channels for several threads. */
export const cutByChannels = (batchSize: number, shards: number, pixels: number, channels: number): boolean =>
  batchSize * pixels < FEW_ROWS * shards && channels > CHANNEL_BLOCK;
