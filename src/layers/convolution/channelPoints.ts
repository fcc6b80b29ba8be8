import type { Kernels } from '../../kernels/kernels.js';
import { channelOffset, type PointStrides, TILE_STRIDE } from '../../kernels/tiles.js';
import { ownSamples, type SampleRange } from '../../program/ownPart.js';
import { type ChannelBlock, type Pass, type Phase, perChannels, perPart } from '../../program/phase.js';
import { samplesOf } from '../layer.js';
import type { Convolution } from './convolution.js';
import { forEachRow } from './winograd.js';
import type { ChannelGeometry } from './winogradChannelGeometry.js';

// The points of Winograd's algorithm that lie in memory which all threads share, block after block of images.

/** A block of images with the points of some channels of it. */
export interface ImageBlock {
  readonly first: number;
  readonly images: number;
  readonly index: number;
}

export function forEachImageBlock(
  { images }: ChannelGeometry,
  { first, count }: SampleRange,
  each: (block: ImageBlock) => void,
): void {
  for (let done = 0, index = 0; done < count; done += images, index++)
    each({ first: first + done, images: Math.min(images, count - done), index });
}

/** Where the points of a channel begin that lie among all of a block of images. */
export const pointsAt = (points: Float32Array, index: number, size: number, strides: PointStrides, channel: number) =>
  points.subarray(index * size + channelOffset(strides, channel), (index + 1) * size);

/** Writes the points of a channel block of the upstream gradient. */
export function writeUpstreamPoints(
  kernels: Kernels,
  g: ChannelGeometry,
  { first: channel, count }: ChannelBlock,
  gradient: Float32Array,
  { first, images }: ImageBlock,
  points: Float32Array,
  scratch: Float32Array,
): void {
  const counts = g.countsOf(images);
  forEachRow({ rows: g.outputRows(count) }, first, counts, images, (sample, row, place) => {
    const image = samplesOf(gradient, g.outputSize, sample).subarray(channel);
    kernels.winogradOutputGradient(image, row.output, points.subarray(place), g.outputStrides, scratch);
  });
}

/** Cut by rows of tiles: a tile's channels lie side by side, and two threads that wrote some of them each would wait for each
 * other's cache lines. */
export function transformInput(
  kernels: Kernels,
  g: ChannelGeometry,
  { input }: Convolution,
  batchSize: number,
  points: Float32Array,
  samplesOfPass: (pass: Pass) => SampleRange,
): Phase {
  const { lines } = g;
  return perPart(batchSize * lines.length, (part, pass, scratch) => {
    const samples = samplesOfPass(pass);
    const place = Math.floor(part / lines.length);
    if (place >= samples.count) return;
    const index = Math.floor(place / g.images);
    const first = index * g.images;
    const counts = g.countsOf(Math.min(g.images, samples.count - first));
    const target = samplesOf(points, g.inputPoints, index);
    const image = samplesOf(input.data, g.inputSize, samples.first + place);
    for (const row of lines[part % lines.length]) {
      const tile = row.first(counts, place - first) * TILE_STRIDE;
      kernels.winogradInput(image, row.input, target.subarray(tile), g.inputStrides, scratch);
    }
  });
}

/** The points of the upstream gradient of a machine's own samples. */
export const transformUpstream = (
  kernels: Kernels,
  g: ChannelGeometry,
  { settings, output }: Convolution,
  gradientPoints: Float32Array,
): Phase =>
  perChannels(settings.outChannels, (channels, pass, scratch) =>
    forEachImageBlock(g, ownSamples(pass), (block) => {
      const dy = pointsAt(gradientPoints, block.index, g.outputPoints, g.outputStrides, channels.first);
      writeUpstreamPoints(kernels, g, channels, output.gradient, block, dy, scratch);
    }),
  );
