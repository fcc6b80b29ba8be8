import { panelSize } from '../../../src/kernels/patches.js';
import {
  inputLinePoints,
  outputLinePoints,
  TILE_SCRATCH,
  type TileCounts,
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
import {
  imageSize,
  inputRows,
  inWindows,
  kindsLayout,
  outputLength,
  outputRows,
  rowLayout,
  STRIDES,
  thinned,
} from './tiles.js';

const MAP_FILLS = [values, scatteredValues, specialValues, tinyValues] as const;
const PRODUCT_FILLS = [values, scatteredValues] as const;

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
