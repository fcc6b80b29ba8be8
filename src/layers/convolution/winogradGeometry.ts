import {
  APART,
  inputLinePoints,
  outputLinePoints,
  type PointStrides,
  pointStrides,
  TILE_SCRATCH,
  type TileCounts,
  type Tiles,
  WEIGHT_POINTS,
} from '../../kernels/tiles.js';
import type { Shape } from '../../tensor/shape.js';
import type { ConvolutionSettings } from './convolution.js';

/** Tiles in a block of images; a single image may have more. The weights' points are read, and those of their gradient read
 * and written, once a block: so the block's own points are one and a half times as many, within bounds. */
const tilesOf = ({ inChannels, outChannels }: ConvolutionSettings) =>
  Math.min(96, Math.max(33, (1.5 * inChannels * outChannels) / (inChannels + outChannels)));

/** Points of the weights. */
export const POINTS = WEIGHT_POINTS ** 2;

/** A row of an image's tiles: where it lies on input and output, and where among a block's tiles for each image of it. */
export interface TileRow {
  readonly input: Tiles;
  readonly output: Tiles;
  readonly first: (counts: TileCounts, image: number) => number;
}

/** All sizes of a convolution by Winograd's algorithm, computed once, on blocks of about so many tiles. */
export function winogradGeometry(
  settings: ConvolutionSettings,
  input: Shape,
  output: Shape,
  blockTiles = tilesOf(settings),
) {
  const { inChannels, outChannels } = settings;
  const stride = strideOf(settings);
  const [, height, width] = input;
  const [, outHeight, outWidth] = output;
  const [down, across] = [cut(outHeight), cut(outWidth)];
  const imageTiles = (down.long + down.short) * (across.long + across.short);
  const images = Math.ceil(blockTiles / imageTiles);
  const countsOf = (n: number): TileCounts => ({
    right: n * down.long * across.short,
    body: n * down.long * across.long,
    bottom: n * down.short * across.long,
    corner: n * down.short * across.short,
    stride,
  });
  const [inputStrides, outputStrides] = [inChannels, outChannels].map((channels) =>
    pointStrides(images * imageTiles, channels),
  );
  const [inputTilePoints, outputTilePoints] = [inputLinePoints(stride) ** 2, outputLinePoints(stride) ** 2];
  const gradientStride = inChannels * outChannels + APART;
  // Products lie before what they are made of, as near as can be.
  const points =
    TILE_SCRATCH + (stride === 1 ? apart(inputStrides, outputStrides) : outputTilePoints * outputStrides.pointStride);
  const upstreamPoints =
    TILE_SCRATCH + (stride === 1 ? apart(outputStrides, inputStrides) : inputTilePoints * inputStrides.pointStride);
  const inputPoints = upstreamPoints + outputTilePoints * outputStrides.pointStride;
  const gradientPoints = inputPoints + inputTilePoints * inputStrides.pointStride;
  return {
    stride,
    inputTilePoints,
    outputTilePoints,
    rows: tileRows(settings, input, output),
    images,
    countsOf,
    inputStrides,
    outputStrides,
    gradientStride,
    outChannels,
    inputSize: inChannels * height * width,
    outputSize: outChannels * outHeight * outWidth,
    // A thread's scratch memory: the kernels' own, the products of a block's points, and, forward, these points of the input,
    // or, backward, those of the upstream gradient, of the input and of the weights' gradient.
    products: TILE_SCRATCH,
    points,
    upstreamPoints,
    inputPoints,
    gradientPoints,
    scratch: Math.max(points + inputTilePoints * inputStrides.pointStride, gradientPoints + POINTS * gradientStride),
  };
}

/** By how many floats points must lie behind their products, so that these, point by point, take the place of what has been
 * read: half the memory, and in the cache. With stride 2 they are not read in order, and lie behind all products. */
function apart(points: PointStrides, products: PointStrides): number {
  return products.pointStride + (POINTS - 1) * Math.max(0, products.pointStride - points.pointStride);
}

/** The rows of an image's tiles, in TileCounts' order of kinds. */
function tileRows(settings: ConvolutionSettings, input: Shape, output: Shape): TileRow[] {
  const { padding } = settings;
  const stride = strideOf(settings);
  const [channels, height, width] = input;
  const [outChannels, outHeight, outWidth] = output;
  const [down, across] = [cut(outHeight), cut(outWidth)];
  const row = (y: number, x: number, tileHeight: 2 | 4, tileWidth: 2 | 4, count: number, first: TileRow['first']) => {
    const [top, left] = [stride * y - padding[0], stride * x - padding[1]];
    const outputSize = { height: outHeight, width: outWidth, channels: outChannels, pixelStride: outChannels };
    return {
      input: { height, width, channels, pixelStride: channels, top, left, tileHeight, tileWidth, count, stride },
      output: { ...outputSize, top: y, left: x, tileHeight, tileWidth, count, stride },
      first,
    };
  };
  const rows: TileRow[] = [];
  const [bottom, edge] = [4 * down.long, 4 * across.long];
  for (let r = 0; r < down.long; r++) {
    if (across.long > 0)
      rows.push(row(4 * r, 0, 4, 4, across.long, ({ right }, n) => right + (n * down.long + r) * across.long));
    if (across.short > 0) rows.push(row(4 * r, edge, 4, 2, 1, (_, n) => n * down.long + r));
  }
  if (down.short > 0) {
    if (across.long > 0)
      rows.push(row(bottom, 0, 2, 4, across.long, ({ right, body }, n) => right + body + n * across.long));
    if (across.short > 0)
      rows.push(row(bottom, edge, 2, 2, 1, ({ right, body, bottom }, n) => right + body + bottom + n));
  }
  return rows;
}

/** The same down and across. */
export const strideOf = ({ stride }: ConvolutionSettings) => stride[0] as 1 | 2;

/** How many tiles of four and of two outputs cover a length. */
function cut(length: number): { long: number; short: number } {
  const rest = length % 4;
  return { long: Math.floor(length / 4) + (rest === 3 ? 1 : 0), short: rest === 1 || rest === 2 ? 1 : 0 };
}

export type Geometry = ReturnType<typeof winogradGeometry>;
