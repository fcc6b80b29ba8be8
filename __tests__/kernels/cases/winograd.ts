import { panelSize } from '../../../src/kernels/patches.js';
import {
  CHANNEL_BLOCK,
  inputLinePoints,
  outputLinePoints,
  type PointStrides,
  TILE_SCRATCH,
  TILE_STRIDE,
  type TileCounts,
  type Tiles,
  windowLength,
} from '../../../src/kernels/tiles.js';
import {
  combinations,
  type KernelCases,
  type Room,
  scatteredValues,
  specialValues,
  tinyValues,
  values,
} from '../../support/kernelRoom.js';

const MAP_FILLS = [values, scatteredValues, specialValues, tinyValues] as const;
const PRODUCT_FILLS = [values, scatteredValues] as const;

const STRIDES = [1, 2] as const;

/** All cases with stride 1, and with stride 2, where tiles have more points, every fifth: a number that divides no list's length. */
const thinned = <T extends { readonly stride: 1 | 2 }>(cases: readonly T[]) =>
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

/** Tiles' points with gaps: the strides, the length, and which floats are a point that its tile has. */
function pointsLayout(
  linePoints: LinePoints,
  stride: 1 | 2,
  tiles: readonly (readonly [2 | 4, 2 | 4])[],
  channels: number,
) {
  const line = linePoints(stride);
  const blockStride = tiles.length * TILE_STRIDE + 12;
  const strides: PointStrides = { blockStride, pointStride: Math.ceil(channels / CHANNEL_BLOCK) * blockStride + 4 };
  const written = (i: number) => {
    const [point, rest] = [Math.floor(i / strides.pointStride), i % strides.pointStride];
    const [block, inBlock] = [Math.floor(rest / blockStride), rest % blockStride];
    const [tile, inTile] = [Math.floor(inBlock / TILE_STRIDE), inBlock % TILE_STRIDE];
    const channel = CHANNEL_BLOCK * block + inTile;
    return (
      tile < tiles.length &&
      inTile < CHANNEL_BLOCK &&
      channel < channels &&
      hasPoint(line, stride, point, ...tiles[tile])
    );
  };
  return { strides, length: line ** 2 * strides.pointStride, written };
}

const rowLayout = (linePoints: LinePoints, { tileHeight, tileWidth, count, channels, stride }: Tiles) =>
  pointsLayout(linePoints, stride, new Array<[2 | 4, 2 | 4]>(count).fill([tileHeight, tileWidth]), channels);

const imageSize = ({ height, width, pixelStride }: Tiles) => height * width * pixelStride;

/** How many pixels of an input, or of an output, so many outputs take. */
type Length = (stride: 1 | 2, outputs: number) => number;
const outputLength: Length = (_stride, outputs) => outputs;

/** Which floats of an image lie in the tiles' windows. */
function inWindows(tiles: Tiles, length: Length) {
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
const inputRows = rowsOfTiles(inputSpans, windowLength);
const outputRows = rowsOfTiles(outputSpans, outputLength);

const outputOptions = [
  { biased: false, floor: -Infinity, scaled: false, affineFloor: 0, affineCeiling: Infinity },
  { biased: true, floor: 0, scaled: false, affineFloor: -Infinity, affineCeiling: Infinity },
  { biased: true, floor: -Infinity, scaled: true, affineFloor: 0, affineCeiling: Infinity },
  { biased: false, floor: 0, scaled: true, affineFloor: -Infinity, affineCeiling: Infinity },
  { biased: true, floor: 0, scaled: true, affineFloor: 0, affineCeiling: 1 },
];

const tileCounts: Omit<TileCounts, 'stride'>[] = [
  { right: 0, body: 1, bottom: 0, corner: 0 },
  { right: 0, body: 0, bottom: 0, corner: 1 },
  { right: 2, body: 0, bottom: 3, corner: 1 },
  { right: 2, body: 4, bottom: 0, corner: 0 },
  { right: 0, body: 4, bottom: 3, corner: 0 },
  { right: 1, body: 5, bottom: 2, corner: 1 },
  { right: 4, body: 4, bottom: 4, corner: 4 },
  { right: 0, body: 34, bottom: 0, corner: 0 },
];

// Depths behind 32, where gemm would begin another block; columns on both sides of wide's sixteen; both behind 64, where
// another block of channels begins.
const productSizes = [
  [16, 8],
  [8, 16],
  [40, 24],
  [16, 40],
  [72, 8],
  [8, 80],
] as const;

const kindsLayout = (linePoints: LinePoints, { right, body, bottom, corner, stride }: TileCounts, channels: number) => {
  const kinds = [
    ...new Array<[4, 2]>(right).fill([4, 2]),
    ...new Array<[4, 4]>(body).fill([4, 4]),
    ...new Array<[2, 4]>(bottom).fill([2, 4]),
    ...new Array<[2, 2]>(corner).fill([2, 2]),
  ];
  return pointsLayout(linePoints, stride, kinds, channels);
};

const scratchOf = (room: Room) => room.scratch(TILE_SCRATCH);

/** All kinds of tiles, in the image and over each of its edges, alone and together. */
export const winogradCases = {
  winogradInput: () =>
    combinations({ tiles: inputRows, fill: MAP_FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { tiles, fill } = name;
        const { strides, length, written } = rowLayout(inputLinePoints, tiles);
        const image = room.input(fill(imageSize(tiles)));
        kernels.winogradInput(image, tiles, room.output(length, { written }), strides, scratchOf(room));
      },
    })),

  winogradOutputGradient: () =>
    combinations({ tiles: outputRows, fill: MAP_FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { tiles, fill } = name;
        const { strides, length, written } = rowLayout(outputLinePoints, tiles);
        const image = room.input(fill(imageSize(tiles)));
        kernels.winogradOutputGradient(image, tiles, room.output(length, { written }), strides, scratchOf(room));
      },
    })),

  winogradOutput: () =>
    combinations({ tiles: outputRows, fill: MAP_FILLS, options: outputOptions }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { tiles, fill, options } = name;
        const { biased, floor, scaled, affineFloor, affineCeiling } = options;
        const { strides, length } = rowLayout(outputLinePoints, tiles);
        const points = room.input(fill(length));
        const bias = biased ? room.input(fill(tiles.channels, 1)) : undefined;
        const affine = scaled ? room.input(fill(3 * tiles.pixelStride, 2)) : undefined;
        const image = room.output(imageSize(tiles), { written: inWindows(tiles, outputLength) });
        const scratch = scratchOf(room);
        kernels.winogradOutput(points, strides, tiles, bias, floor, affine, affineFloor, affineCeiling, image, scratch);
      },
    })),

  winogradInputGradient: () =>
    combinations({ tiles: inputRows, fill: MAP_FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { tiles, fill } = name;
        const { strides, length } = rowLayout(inputLinePoints, tiles);
        const points = room.input(fill(length));
        const image = room.output(imageSize(tiles), {
          initial: fill(imageSize(tiles), 1),
          written: inWindows(tiles, windowLength),
        });
        kernels.winogradInputGradient(points, strides, tiles, image, scratchOf(room));
      },
    })),

  winogradWeights: () =>
    combinations({
      stride: STRIDES,
      rows: [1, 2, 24],
      rowStride: [8, 40],
      gap: [0, 5],
      apart: [0, 16],
      fill: MAP_FILLS,
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { stride, rows, rowStride, gap, apart, fill } = name;
        const [tapStride, pointStride] = [rows * rowStride + gap, 8 * rows + apart];
        const weight = room.input(fill(8 * tapStride + (rows - 1) * rowStride + 8));
        const panel = room.output(36 * pointStride, { written: (i) => i % pointStride < 8 * rows });
        kernels.winogradWeights(
          weight,
          stride,
          tapStride,
          rows,
          rowStride,
          panel,
          pointStride,
          room.scratch(TILE_SCRATCH),
        );
      },
    })),

  winogradWeightGradient: () =>
    combinations({
      stride: STRIDES,
      rows: [1, 3],
      columns: [8, 16, 136],
      gap: [0, 5],
      apart: [0, 16],
      fill: MAP_FILLS,
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { stride, rows, columns, gap, apart, fill } = name;
        const [pointStride, rowStride] = [rows * columns + apart, columns + gap];
        const tapStride = rows * rowStride + gap;
        const points = room.input(fill(36 * pointStride));
        const written = (i: number) => (i % tapStride) % rowStride < columns && i % tapStride < rows * rowStride;
        const gradient = room.output(9 * tapStride, { written });
        const scratch = room.scratch(TILE_SCRATCH);
        kernels.winogradWeightGradient(
          points,
          stride,
          pointStride,
          rows,
          columns,
          gradient,
          tapStride,
          rowStride,
          scratch,
        );
      },
    })),

  winogradProducts: () =>
    thinned(
      combinations({
        stride: STRIDES,
        counts: tileCounts,
        size: productSizes,
        fill: PRODUCT_FILLS,
        transposed: [false, true],
      }),
    ).map((name) => ({
      name,
      run: (kernels, room) => {
        const { stride, counts, fill, transposed } = name;
        const tiles = { ...counts, stride };
        const [depth, columns] = name.size;
        const [input, output] = [inputLinePoints, outputLinePoints];
        const from = kindsLayout(transposed ? output : input, tiles, depth);
        const to = kindsLayout(transposed ? input : output, tiles, columns);
        const weightStride = panelSize(depth, columns) + 16;
        const points = room.input(fill(from.length));
        const weights = room.input(fill(36 * weightStride, 1));
        const results = room.output(to.length, { written: to.written });
        kernels.winogradProducts(
          points,
          from.strides,
          tiles,
          depth,
          weights,
          weightStride,
          results,
          to.strides,
          columns,
          transposed,
        );
      },
    })),

  winogradWeightProducts: () =>
    thinned(
      combinations({
        stride: STRIDES,
        counts: tileCounts,
        size: productSizes,
        fill: PRODUCT_FILLS,
        accumulate: [false, true],
      }),
    ).map((name) => ({
      name,
      run: (kernels, room) => {
        const { stride, counts, fill, accumulate } = name;
        const tiles = { ...counts, stride };
        const [depth, columns] = name.size;
        const [one, other] = [
          kindsLayout(inputLinePoints, tiles, depth),
          kindsLayout(outputLinePoints, tiles, columns),
        ];
        const gradientStride = depth * columns + 16;
        const points = room.input(fill(one.length));
        const upstream = room.input(fill(other.length, 1));
        const gradient = room.output(36 * gradientStride, {
          ...(accumulate ? { initial: fill(36 * gradientStride, 2) } : {}),
          written: (i) => i % gradientStride < depth * columns,
        });
        kernels.winogradWeightProducts(
          points,
          one.strides,
          upstream,
          other.strides,
          tiles,
          depth,
          columns,
          gradient,
          gradientStride,
          accumulate,
        );
      },
    })),
} satisfies Partial<KernelCases>;
