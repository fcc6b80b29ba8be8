import { matrix, type Patches, panelSize } from '../../../src/kernels/patches.js';
import {
  COLUMNS,
  combinations,
  type ImageWindow,
  imagePatches,
  imageWindows,
  type KernelCases,
  signs,
  values,
} from '../../support/kernelRoom.js';

// wide takes sixteen columns at a time, and a single row thirty-two.
const WIDE_COLUMNS = [...COLUMNS, 16, 24, 32, 40];

const windows: readonly ImageWindow[] = [
  ...imageWindows,
  // A single channel, in runs of more than three terms and of fewer.
  { height: 6, width: 9, channels: 1, kernel: [2, 5], stride: [1, 1] },
  { height: 5, width: 8, channels: 1, kernel: [3, 2], stride: [1, 1] },
  // Even runs of more than a block of 64.
  { height: 5, width: 6, channels: 22, kernel: [3, 3], stride: [1, 1] },
  { height: 5, width: 5, channels: 66, kernel: [2, 1], stride: [1, 2] },
  // Lines of nine rows, which blocks of 64 rows cut.
  { height: 10, width: 11, channels: 3, kernel: [3, 3], stride: [1, 1] },
];

/** Rows that begin before the image and end behind it, with gaps between taps, windows and pixels, or without. */
const unfoldings = [
  { size: [1, 1], top: -1, left: -1, rows: 3, windows: 2, stride: 1, taps: 2, dilation: 1 },
  { size: [4, 5], top: 0, left: 0, rows: 3, windows: 2, stride: 2, taps: 3, dilation: 1 },
  { size: [3, 6], top: -2, left: -3, rows: 7, windows: 6, stride: 1, taps: 3, dilation: 3 },
  { size: [2, 3], top: 1, left: 1, rows: 4, windows: 3, stride: 1, taps: 4, dilation: 1 },
].map(({ size: [height, width], ...rest }) => ({ height, width, ...rest }));

const productSizes = (rows: readonly number[], depths: readonly number[]) => [
  ...combinations({ rows, depth: depths, columns: WIDE_COLUMNS }).map(({ rows, depth, columns }) => ({
    rows,
    depth,
    columns,
    patches: matrix(rows, depth, depth + (rows % 3)),
  })),
  // Columns of A are packed from rows that lie far apart, and for many columns of B.
  ...combinations({ stride: [5, 260], columns: [24, 40, 72] }).map(({ stride, columns }) => ({
    rows: 66,
    depth: 5,
    columns,
    patches: matrix(66, 5, stride),
  })),
  ...combinations({ window: windows, columns: WIDE_COLUMNS }).map(({ window, columns }) => {
    const patches = imagePatches(window);
    return { rows: patches.lines * patches.perLine, depth: patches.runs * patches.runLength, columns, patches };
  }),
];

const sourceLength = (patches: Patches) =>
  (patches.lines - 1) * patches.lineStride +
  (patches.perLine - 1) * patches.stepStride +
  (patches.runs - 1) * patches.runStride +
  patches.runLength;

/** Matrices, and convolutions' patches, of sizes on both sides of the kernels' tiles of 4×4, 4×8 and 4×16 and blocks of 64. */
export const productCases = {
  packPanels: () =>
    combinations({ rows: [1, 2, 5, 9], columns: COLUMNS, row: [0, 3], after: [0, 2], turned: [false, true] }).map(
      (name) => {
        const { rows, columns, row, after, turned } = name;
        const [rowStride, columnStride] = turned ? [1, rows + 2] : [columns + 2, 1];
        const depth = row + rows + after;
        const isRow = (k: number) => k >= row && k < row + rows;
        return {
          name,
          run: (kernels, room) => {
            const source = room.input(values((rows - 1) * rowStride + (columns - 1) * columnStride + 1));
            const panels = room.output(panelSize(depth, columns), { written: (i) => isRow(Math.floor(i / 8) % depth) });
            kernels.packPanels(source, rows, columns, rowStride, columnStride, panels, row, depth);
          },
        };
      },
    ),

  unfoldRows: () =>
    combinations({ unfolding: unfoldings, channels: COLUMNS, groups: [1, 3] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { channels: groupChannels, groups, unfolding } = name;
        const { height, width, rows, windows: perRow, taps } = unfolding;
        const channels = groups * groupChannels;
        const source = room.input(values(height * width * channels));
        const target = room.output(rows * perRow * taps * groupChannels);
        const group = source.subarray((groups - 1) * groupChannels);
        kernels.unfoldRows(group, { ...unfolding, channels, groupChannels }, target);
      },
    })),

  gemm: () =>
    productSizes([1, 2, 3, 5, 8], [1, 2, 9, 63, 64, 65, 66, 200]).flatMap(({ rows, depth, columns, patches }) =>
      [
        { biased: false, outputStride: columns, fill: values },
        { biased: true, outputStride: columns + 3, fill: values },
        { biased: true, outputStride: columns, fill: signs },
      ].map(({ biased, outputStride, fill }) => ({
        name: { patches, columns, biased, outputStride, fill },
        run: (kernels, room) => {
          const a = room.input(fill(sourceLength(patches), 1));
          const panels = room.input(fill(panelSize(depth, columns), 2));
          const bias = biased ? room.input(fill(columns, 3)) : undefined;
          const output = room.output(rows * outputStride, { written: (i) => i % outputStride < columns });
          kernels.gemm(a, patches, panels, bias, output, columns, outputStride);
        },
      })),
    ),

  gemmTransposed: () =>
    productSizes([1, 2, 3, 63, 64, 65, 66, 100], [1, 2, 3, 5, 8]).flatMap(({ rows, depth, columns, patches }) =>
      [
        { accumulate: false, outputStride: columns },
        { accumulate: true, outputStride: columns + 5 },
      ].map(({ accumulate, outputStride }) => ({
        name: { patches, columns, accumulate, outputStride },
        run: (kernels, room) => {
          const a = room.input(values(sourceLength(patches), 1));
          const panels = room.input(values(panelSize(rows, columns), 2));
          const packed = room.scratch(4 * rows);
          const output = room.output(depth * outputStride, {
            ...(accumulate ? { initial: values(depth * outputStride, 4) } : {}),
            written: (i) => i % outputStride < columns,
          });
          kernels.gemmTransposed(a, patches, panels, packed, output, columns, outputStride, accumulate);
        },
      })),
    ),
} satisfies Partial<KernelCases>;
