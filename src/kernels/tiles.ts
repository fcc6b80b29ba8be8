/** Tiles side by side on an image of H×W pixels that Winograd's convolution of 3×3 works on, of each the C channels, a multiple of
 * 8, from where the image is given on. Tiles of 4×4 outputs have all points, those of 2×2 some of them (see inputLinePoints), and
 * others are long by one way and short by the other. A tile's window begins so many pixels behind that of the tile before as it has outputs across, on the input times the stride. The
 * first begins at (top, left), which may lie outside the image: there it reads zeros and writes nothing. Outputs' windows
 * begin inside. */
export interface Tiles {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Floats from a pixel to the next, and between the three parts of an affine map: the channels that the image has in all. */
  readonly pixelStride: number;
  readonly top: number;
  readonly left: number;
  /** Outputs of a tile; the input's windows are windowLength of that. */
  readonly tileHeight: 2 | 4;
  readonly tileWidth: 2 | 4;
  readonly count: number;
  /** The convolution's, down and across. */
  readonly stride: 1 | 2;
}

/** How many pixels of a line so many outputs need. */
export const windowLength = (stride: 1 | 2, outputs: number) => stride * (outputs - 1) + 3;

/** How many points a line of a tile's input has. With stride 1 they are those of F(4,3), and a short tile has the points 0, 1, 2
 * and 5, F(2,3). With stride 2 the first and the last of three weights are a convolution of the even pixels, by the points 0 to
 * 4 of F(4,2) or 0, 1 and 2 of F(2,2); the middle one multiplies the odd pixels, at the points 5 to 8 or 5 and 6. */
export const inputLinePoints = (stride: 1 | 2) => (stride === 1 ? 6 : 9);

/** How many points a line of a tile's output has. With stride 2 the products of the odd pixels' points 5, 6, … are added to those
 * of the even pixels' points 0, 1, …, of which there is one more. */
export const outputLinePoints = (stride: 1 | 2) => (stride === 1 ? 6 : 5);

/** A line of weights has six points with either stride: with stride 2 all odd pixels have the last. */
export const WEIGHT_POINTS = 6;

/** Where points lie: channel c of point p = (points of a line)·(vertical point) + (horizontal point) of tile t is at
 * p·pointStride + ⌊c / 64⌋·blockStride + t·TILE_STRIDE + c mod 64. Tiles are a constant apart, so that machine code
 * reaches four of them by one pointer; and not 64, so that they do not compete for the same places in a cache. */
export interface PointStrides {
  readonly pointStride: number;
  readonly blockStride: number;
}

export const CHANNEL_BLOCK = 64;
export const TILE_STRIDE = 72;

/** How many tiles of each kind stand one after the other: those of 4×2 outputs at the right edge, 4×4 in the body, 2×4 at
 * the bottom edge and 2×2 in the corner. In this order the tiles that have a point are always neighbours. */
export interface TileCounts {
  readonly right: number;
  readonly body: number;
  readonly bottom: number;
  readonly corner: number;
  /** The convolution's, which says what points there are. */
  readonly stride: 1 | 2;
}

/** Floats of scratch memory that the Winograd kernels want: a row of pixels' channels is a block. */
export const TILE_SCRATCH = (1 + 9 * 9 + 9) * CHANNEL_BLOCK;

/** Where channel c of a tile's points begins. */
export const channelOffset = ({ blockStride }: PointStrides, c: number) =>
  Math.floor(c / CHANNEL_BLOCK) * blockStride + (c % CHANNEL_BLOCK);

/** Floats between what belongs to two points, beyond their size: none begins at the same place in a cache as another. */
export const APART = 16;

/** Strides for the points of so many tiles. */
export function pointStrides(tiles: number, channels: number): PointStrides {
  const blockStride = tiles * TILE_STRIDE;
  return { blockStride, pointStride: Math.ceil(channels / CHANNEL_BLOCK) * blockStride + APART };
}
