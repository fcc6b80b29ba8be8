import { APART, pointStrides } from '../../kernels/tiles.js';
import { blockOf } from '../../program/phase.js';
import type { Shape } from '../../tensor/shape.js';
import type { ConvolutionSettings } from './convolution.js';
import { POINTS, type TileRow, winogradGeometry } from './winogradGeometry.js';
import { panelScratch } from './winogradWeights.js';

/** Tiles that a product takes at a time: their points of 512 channels stay in a core's cache. */
const BLOCK_TILES = 64;

/** All sizes of a convolution by Winograd's algorithm that is cut by channels over the whole batch. */
export function winogradChannelGeometry(settings: ConvolutionSettings, input: Shape, output: Shape, batchSize: number) {
  const g = winogradGeometry(settings, input, output, BLOCK_TILES);
  const { inChannels, outChannels } = settings;
  const inputPoints = g.inputTilePoints * g.inputStrides.pointStride;
  const outputPoints = g.outputTilePoints * g.outputStrides.pointStride;
  const tiles = g.inputStrides.blockStride / pointStrides(1, 1).blockStride;
  const resultStrides = pointStrides(tiles, blockOf(Math.max(inChannels, outChannels)));
  const panels = panelScratch(settings);
  const results =
    panels + POINTS * (Math.max(blockOf(outChannels) * inChannels, blockOf(inChannels) * outChannels) + APART);
  /** Only the last block may have another number of channels. */
  const rowsByCount = (channels: number) => {
    const block = Math.min(blockOf(channels), channels);
    const [whole, last] = [block, channels % block].map((count) =>
      g.rows.map(
        ({ input, output, first }): TileRow => ({
          input: { ...input, channels: count },
          output: { ...output, channels: count },
          first,
        }),
      ),
    );
    return (count: number) => (count === block ? whole : last);
  };
  return {
    ...g,
    settings,
    lines: linesOf(g.rows),
    blocks: Math.ceil(batchSize / g.images),
    // Of a block of images.
    inputPoints,
    outputPoints,
    resultStrides,
    /** Rows of tiles with as many channels as a block of the input's or the output's has. */
    inputRows: rowsByCount(inChannels),
    outputRows: rowsByCount(outChannels),
    // A thread's scratch memory: the kernels' own, a channel block's weights or their gradient as points, its results' points.
    panels,
    results,
    scratch: results + g.inputTilePoints * resultStrides.pointStride,
  };
}

export type ChannelGeometry = ReturnType<typeof winogradChannelGeometry>;

/** The rows of tiles beside each other on an image, line by line. */
const linesOf = (rows: readonly TileRow[]) =>
  [...new Set(rows.map(({ output }) => output.top))].map((top) => rows.filter(({ output }) => output.top === top));
