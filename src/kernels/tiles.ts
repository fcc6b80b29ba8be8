/** Tiles side by side on an image of H×W pixels, that Winograd's convolution works on, of each the C channels, a multiple of 8, from
 * where the image is given on: F(4×4,3×3) where a tile
 * has 4×4 outputs and 6×6 points, F(2×2,3×3) where it has 2×2 and the four points 0, 1, 2 and 5 of the six, or one by the
 * height and the other by the width. Tile t's window begins at (top, left + t·tileWidth), which may lie outside the image:
 * there it reads zeros and writes nothing. Outputs' windows begin inside. */
export interface Tiles {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Floats from a pixel to the next, and between the three parts of an affine map: the channels that the image has in all. */
  readonly pixelStride: number;
  readonly top: number;
  readonly left: number;
  /** Outputs of a tile; the input's windows have two pixels more each way. */
  readonly tileHeight: 2 | 4;
  readonly tileWidth: 2 | 4;
  readonly count: number;
}

/** Where points lie: channel c of point p = 6·(vertical point) + (horizontal point) of tile t is at
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
}

/** Floats of scratch memory that the Winograd kernels want: a row of pixels' channels is a block. */
export const TILE_SCRATCH = (1 + 6 * 6 + 6) * CHANNEL_BLOCK;

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
