/** Fewer rows of channels than this in a shard, and what is to be done once a shard costs more than the rows do. */
const FEW_ROWS = 256;

/** Whether a layer that keeps channels apart is cut by channels over the whole batch, or else by shards: a matter of shapes
 * alone, never of the machine. */
export const cutByChannels = (batchSize: number, shards: number, pixels: number, _channels: number): boolean =>
  batchSize * pixels < FEW_ROWS * shards;
