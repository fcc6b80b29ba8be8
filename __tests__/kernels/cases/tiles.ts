import {
  CHANNEL_BLOCK,
  type PointStrides,
  TILE_STRIDE,
  type TileCounts,
  type Tiles,
  windowLength,
} from '../../../src/kernels/tiles.js';
import { combinations } from '../../support/kernelRoom.js';

export const STRIDES = [1, 2] as const;

/** All cases with stride 1, and with stride 2, where tiles have more points, every fifth: a number that divides no list's length. */
export const thinned = <T extends { readonly stride: 1 | 2 }>(cases: readonly T[]) =>
  cases.filter(({ stride }, index) => stride === 1 || index % 5 === 0);

// The points that a tile of two outputs has; one of four has all.
const shortPoints = { 1: [0, 1, 2, 5], 2: [0, 1, 2, 5, 6] };

/** How many points a line of a tile has, of inputs or of outputs. */
type LinePoints = (stride: 1 | 2) => number;

function hasPoint(line: number, stride: 1 | 2, point: number, tileHeight: 2 | 4, tileWidth: 2 | 4): boolean {
  const short = shortPoints[stride];
  return (
    (tileHeight === 4 || short.includes(Math.floor(point / line))) && (tileWidth === 4 || short.includes(point % line))
  );
}

interface Layout {
  readonly strides: PointStrides;
  readonly length: number;
  /** Whether a float is a point that its tile has. */
  readonly written: (float: number) => boolean;
}

/** Those that are known: three kernel sets ask for each, with several fills. */
const layouts = new Map<string, Layout>();

/** Tiles' points with gaps. */
function pointsLayout(
  linePoints: LinePoints,
  stride: 1 | 2,
  tiles: readonly (readonly [2 | 4, 2 | 4])[],
  channels: number,
): Layout {
  const line = linePoints(stride);
  const key = `${line} ${stride} ${channels} ${tiles.join(' ')}`;
  const known = layouts.get(key);
  if (known) return known;
  const blockStride = tiles.length * TILE_STRIDE + 12;
  const strides: PointStrides = { blockStride, pointStride: Math.ceil(channels / CHANNEL_BLOCK) * blockStride + 4 };
  const isPoint = new Uint8Array(line ** 2 * strides.pointStride);
  for (let point = 0; point < line ** 2; point++)
    for (const [tile, [height, width]] of tiles.entries())
      if (hasPoint(line, stride, point, height, width))
        for (let channel = 0; channel < channels; channel++) {
          const block = Math.floor(channel / CHANNEL_BLOCK) * blockStride + (channel % CHANNEL_BLOCK);
          isPoint[point * strides.pointStride + block + tile * TILE_STRIDE] = 1;
        }
  const layout = { strides, length: isPoint.length, written: (float: number) => isPoint[float] === 1 };
  layouts.set(key, layout);
  return layout;
}

export const rowLayout = (linePoints: LinePoints, { tileHeight, tileWidth, count, channels, stride }: Tiles) =>
  pointsLayout(linePoints, stride, new Array<[2 | 4, 2 | 4]>(count).fill([tileHeight, tileWidth]), channels);

export const imageSize = ({ height, width, pixelStride }: Tiles) => height * width * pixelStride;

/** How many pixels of an input, or of an output, so many outputs take. */
type Length = (stride: 1 | 2, outputs: number) => number;
export const outputLength: Length = (_stride, outputs) => outputs;

/** Which floats of an image lie in the tiles' windows. */
export function inWindows(tiles: Tiles, length: Length) {
  const { width, channels, pixelStride, top, left, tileHeight, tileWidth, count, stride } = tiles;
  const [rows, columns] = [length(stride, tileHeight), length(stride, count * tileWidth)];
  return (i: number) => {
    const pixel = Math.floor(i / pixelStride);
    const [y, x] = [Math.floor(pixel / width) - top, (pixel % width) - left];
    return y >= 0 && y < rows && x >= 0 && x < columns && i % pixelStride < channels;
  };
}

/** Where windows begin, and how far behind the image they end (below 0: before its end). */
type Span = readonly [begin: number, beyond: number];

const sizes = [
  { count: 1, channels: 8 },
  { count: 2, channels: 24 },
  { count: 3, channels: 16 },
  { count: 1, channels: 64 },
  { count: 2, channels: 72 },
  { count: 3, channels: 8 },
];

const rowsOfTiles = (spans: readonly Span[], length: Length): Tiles[] =>
  thinned(
    combinations({
      stride: STRIDES,
      tileHeight: [2, 4] as const,
      tileWidth: [2, 4] as const,
      down: spans,
      across: spans,
    }),
  )
    .map(({ stride, tileHeight, tileWidth, down: [top, below], across: [left, right] }, index) => {
      const { count, channels } = sizes[index % sizes.length];
      const height = top + length(stride, tileHeight) - below;
      const width = left + length(stride, count * tileWidth) - right;
      // An image has more channels than those of a block.
      const pixelStride = channels + 16 * (index % 2);
      return { height, width, channels, pixelStride, top, left, tileHeight, tileWidth, count, stride };
    })
    .filter(({ height, width }) => height > 0 && width > 0);

// Paddings of 0, 1 and 2; inside, at the edge, and as far behind it as a tile with an output too many and padding 2 goes.
const inputSpans: Span[] = [
  [0, 0],
  [1, -2],
  [-1, 1],
  [-2, 0],
  [0, 3],
  [-2, 3],
];
const outputSpans: Span[] = [
  [0, 0],
  [0, 1],
  [4, 3],
  [2, -3],
];
export const inputRows = rowsOfTiles(inputSpans, windowLength);
export const outputRows = rowsOfTiles(outputSpans, outputLength);

export const kindsLayout = (
  linePoints: LinePoints,
  { right, body, bottom, corner, stride }: TileCounts,
  channels: number,
) => {
  const kinds = [
    ...new Array<[4, 2]>(right).fill([4, 2]),
    ...new Array<[4, 4]>(body).fill([4, 4]),
    ...new Array<[2, 4]>(bottom).fill([2, 4]),
    ...new Array<[2, 2]>(corner).fill([2, 2]),
  ];
  return pointsLayout(linePoints, stride, kinds, channels);
};
