import { ownSamples } from '../program/ownPart.js';
import { channelBlocks, type Phase, perPart, perShard } from '../program/phase.js';

/** Rows of channels in a shard below which calls and barriers take longer than the numbers. Above, rows that lie one behind the
 * other are read faster than a few channels of each. */
const FEW_ROWS = 128;

/** Whether a layer that treats each channel by itself is cut by channels over the whole batch rather than by shards: where
 * images have few pixels, and there are channels for several threads. */
export const cutByChannels = (batchSize: number, shards: number, pixels: number, channels: number): boolean =>
  batchSize * pixels < FEW_ROWS * shards && channelBlocks(channels) > 1;

/** Samples that are too few to be shards for all threads. */
const FEW_SAMPLES = 4;

export const isFewSamples = (batchSize: number): boolean => batchSize <= FEW_SAMPLES;

/** Lines of an image that one thread works on at a time. */
const LINES = 4;

/** Lines of one sample's image. */
export interface Lines {
  readonly sample: number;
  readonly first: number;
  readonly count: number;
}

/** A phase over images of so many lines, cut by shards, or within an image where there are few. */
export function perLines(batchSize: number, height: number, run: (lines: Lines, scratch: Float32Array) => void): Phase {
  if (!isFewSamples(batchSize))
    return perShard(({ first, count }, _pass, scratch) => {
      for (let n = first; n < first + count; n++) run({ sample: n, first: 0, count: height }, scratch);
    });
  const perImage = Math.ceil(height / LINES);
  return perPart(batchSize * perImage, (part, pass, scratch) => {
    const own = ownSamples(pass);
    const index = Math.floor(part / perImage);
    const sample = own.first + index;
    const first = LINES * (part % perImage);
    if (index < own.count) run({ sample, first, count: Math.min(LINES, height - first) }, scratch);
  });
}
