import {
  type PointStrides,
  panelSize,
  type TileCounts,
  type Tiles,
  tileScratch,
} from '../../../src/kernels/kernels.js';
import {
  combinations,
  type KernelCases,
  scatteredValues,
  specialValues,
  tinyValues,
  values,
} from '../../support/kernelRoom.js';

const TILE_FILLS = [values, scatteredValues, tinyValues, specialValues] as const;

// The points that a tile of four or of two outputs has.
const pointsOf = (outputs: 2 | 4): readonly number[] => (outputs === 4 ? [0, 1, 2, 3, 4, 5] : [0, 1, 2, 5]);

/** Points of some tiles: their strides, room for all, and which floats of it belong to a point that its tile has. */
function pointsLayout(channels: number, tiles: number, has: (point: number, tile: number) => boolean) {
  const strides: PointStrides = { tileStride: channels + 8, pointStride: tiles * (channels + 8) + 3 };
  const written = (i: number) => {
    const [point, rest] = [Math.floor(i / strides.pointStride), i % strides.pointStride];
    const tile = Math.floor(rest / strides.tileStride);
    return tile < tiles && rest % strides.tileStride < channels && has(point, tile);
  };
  return { strides, length: 36 * strides.pointStride, written };
}

const rowLayout = ({ tileHeight, tileWidth, channels, count }: Tiles) =>
  pointsLayout(
    channels,
    count,
    (point) =>
      pointsOf(tileHeight).includes(Math.floor(point / 6)) && pointsOf(tileWidth).includes(point % 6),
  );

const tileSizes = combinations({ tileHeight: [2, 4] as const, tileWidth: [2, 4] as const });

/** Whether a pixel's float of an image lies in the rows and columns that the windows of `border` more pixels cover. */
const covered =
  ({ width, channels, top, left, tileHeight, tileWidth, count }: Tiles, border: number) =>
  (i: number) => {
    const [y, x] = [Math.floor(i / channels / width) - top, (Math.floor(i / channels) % width) - left];
    return y >= 0 && y < tileHeight + border && x >= 0 && x < count * tileWidth + border;
  };

/** Rows of tiles of the input of a convolution: in the image's middle, and over each of its edges by what padding allows. */
const inputTiles = combinations({
  ...{ tileSize: tileSizes, count: [1, 2, 3], channels: [8, 24] },
  // How far the row begins before the image, and how far it ends behind it.
  across: [[1, 1], [0, 0], [2, 0], [-1, 3], [0, -2]] as const, // biome-ignore format: pairs
  down: [[1, 1], [0, 0], [2, 3], [-2, -1]] as const, // biome-ignore format: pairs
})
