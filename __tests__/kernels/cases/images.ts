import { MOMENTS_SCRATCH } from '../../../src/kernels/contract/channels.js';
import type { PoolWindow } from '../../../src/kernels/contract/images.js';
import {
  COLUMNS,
  combinations,
  FILLS,
  type KernelCases,
  LENGTHS,
  signs,
  specialValues,
  values,
} from '../../support/kernelRoom.js';

type Pair = readonly [number, number];

const padding = combinations({
  size: [
    [1, 1],
    [3, 5],
    [4, 2],
  ] as readonly Pair[],
  channels: [1, 3, 8, 14],
  offset: [
    [0, 0],
    [1, 1],
    [-1, 2],
    [2, -1],
    [-2, -3],
  ] as readonly Pair[],
  target: [
    [4, 7],
    [9, 6],
  ] as readonly Pair[],
});

/** Windows of an image: plain ones, padded ones, some that reach over the end, and some with places outside alone. */
const pools: readonly { image: Pair; kernel: Pair; stride: Pair; padding?: Pair; dilation?: Pair; over?: number }[] = [
  { image: [2, 2], kernel: [2, 2], stride: [2, 2] },
  { image: [7, 9], kernel: [2, 2], stride: [2, 2] },
  { image: [8, 8], kernel: [3, 3], stride: [2, 2] },
  { image: [6, 5], kernel: [1, 4], stride: [3, 1] },
  { image: [5, 7], kernel: [5, 2], stride: [1, 3] },
  { image: [7, 6], kernel: [3, 3], stride: [2, 2], padding: [1, 1] },
  { image: [1, 1], kernel: [4, 3], stride: [1, 1], padding: [2, 1] },
  { image: [6, 7], kernel: [3, 2], stride: [1, 2], padding: [1, 0], dilation: [2, 3] },
  { image: [7, 6], kernel: [3, 2], stride: [2, 3], padding: [0, 1], over: 1 },
  { image: [2, 2], kernel: [2, 2], stride: [1, 1], padding: [1, 1], dilation: [3, 3] },
];

export const poolWindows: PoolWindow[] = combinations({ pool: pools, channels: [...COLUMNS, 16, 35] }).map(
  ({ pool: { image, kernel, stride, padding = [0, 0], dilation = [1, 1], over = 0 }, channels }) => {
    const count = (axis: 0 | 1) => {
      const reach = dilation[axis] * (kernel[axis] - 1) + 1;
      return Math.floor((image[axis] + 2 * padding[axis] + over - reach) / stride[axis]) + 1;
    };
    return {
      height: image[0],
      width: image[1],
      channels,
      kernelHeight: kernel[0],
      kernelWidth: kernel[1],
      strideHeight: stride[0],
      strideWidth: stride[1],
      paddingHeight: padding[0],
      paddingWidth: padding[1],
      dilationHeight: dilation[0],
      dilationWidth: dilation[1],
      outputHeight: count(0),
      outputWidth: count(1),
    };
  },
);

type Window = readonly [first: number, end: number, size: number];

/** Windows that cover an image, that overlap, leave gaps and pixels at the ends, or count for more than they have. */
const averages: readonly { height: number; width: number; rows: readonly Window[]; columns: readonly Window[] }[] = [
  { height: 1, width: 1, rows: [[0, 1, 1]], columns: [[0, 1, 1]] },
  { height: 5, width: 4, rows: [[0, 5, 5]], columns: [[0, 4, 4]] },
  {
    height: 4,
    width: 5,
    rows: [
      [0, 2, 2],
      [2, 4, 2],
    ],
    columns: [
      [0, 2, 2],
      [2, 4, 2],
    ],
  },
  {
    height: 7,
    width: 6,
    rows: [
      [0, 3, 3],
      [2, 5, 3],
      [4, 7, 3],
    ],
    columns: [
      [1, 2, 3],
      [4, 5, 3],
    ],
  },
  {
    height: 2,
    width: 3,
    rows: [
      [0, 1, 2],
      [0, 2, 3],
      [0, 2, 3],
      [1, 2, 1],
    ],
    columns: [
      [0, 1, -7],
      [0, 2, -7],
      [1, 3, -7],
    ],
  },
];

/** Images that 2×2 windows cover: blocks of 16 pixels end within lines and windows, and with them. Pixels have other channels
 * behind those of a kernel, or none. */
const covered = combinations({ height: [2, 4, 10], width: [2, 6, 8, 14], channels: [16, 48], apart: [0, 16] });

function coveredLayout({ height, width, channels, apart }: (typeof covered)[number]) {
  const stride = channels + apart;
  return {
    height,
    width,
    channels,
    stride,
    size: height * width * stride,
    written: (i: number) => i % stride < channels,
  };
}

const poolInputs: readonly ((length: number) => ArrayLike<number>)[] = [
  values,
  specialValues,
  // Small whole numbers: every window has ties.
  (length) => values(length, 3).map(Math.round),
  (length) => new Float32Array(length).fill(-Infinity),
];

/** Places in 2×2 windows. */
const quarters = (length: number) => Array.from(values(length, 5), (value) => Math.floor(value + 2));

/** Images with odd numbers of channels; padding that crops; windows that overlap and leave gaps, with ties. */
export const imageCases = {
  padImage: () =>
    padding.map((name) => ({
      name,
      run: (kernels, room) => {
        const { size, channels, target, offset } = name;
        const source = room.input(values(size[0] * size[1] * channels));
        const padded = room.output(target[0] * target[1] * channels);
        kernels.padImage(source, ...size, channels, padded, ...target, ...offset);
      },
    })),

  spreadPixels: () =>
    combinations({ lines: [1, 3], perLine: [1, 4], channels: COLUMNS, step: [1, 3], gap: [0, 5] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { lines, perLine, channels, step, gap } = name;
        const stepStride = step * channels;
        const lineStride = perLine * stepStride + gap;
        const source = room.input(values(lines * perLine * channels));
        const written = (i: number) => {
          const inLine = i % lineStride;
          return inLine < perLine * stepStride && inLine % stepStride < channels;
        };
        const target = room.output(lines * lineStride, { written });
        kernels.spreadPixels(source, lines, perLine, channels, target, lineStride, stepStride);
      },
    })),

  transpose: () =>
    combinations({ rows: LENGTHS, columns: COLUMNS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { rows, columns } = name;
        kernels.transpose(room.input(values(rows * columns)), rows, columns, room.output(rows * columns));
      },
    })),

  maxPool: () =>
    combinations({ window: poolWindows, fill: poolInputs }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { window, fill } = name;
        const size = window.outputHeight * window.outputWidth * window.channels;
        const x = room.input(fill(window.height * window.width * window.channels));
        kernels.maxPool(x, window, room.output(size), room.outputInts(size));
      },
    })),

  maxPoolBackward: () =>
    combinations({ window: poolWindows, fill: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { window, fill } = name;
        const size = window.outputHeight * window.outputWidth * window.channels;
        const places = window.kernelHeight * window.kernelWidth;
        const argmax = room.inputInts(Array.from(values(size, 5), (value) => Math.floor(((value + 2) / 4) * places)));
        const dx = room.output(window.height * window.width * window.channels);
        kernels.maxPoolBackward(room.input(fill(size)), argmax, window, dx);
      },
    })),

  averagePool: () =>
    combinations({ windows: averages, channels: [...COLUMNS, 16, 35], fill: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { windows, channels, fill } = name;
        const [rows, columns] = [room.inputInts(windows.rows.flat()), room.inputInts(windows.columns.flat())];
        const x = room.input(fill(windows.height * windows.width * channels));
        const y = room.output(windows.rows.length * windows.columns.length * channels);
        kernels.averagePool(x, windows.width, channels, rows, columns, y);
      },
    })),

  averagePoolBackward: () =>
    combinations({ windows: averages, channels: [...COLUMNS, 16, 35], fill: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { windows, channels, fill } = name;
        const { height, width } = windows;
        const [rows, columns] = [room.inputInts(windows.rows.flat()), room.inputInts(windows.columns.flat())];
        const dy = room.input(fill(windows.rows.length * windows.columns.length * channels));
        const dx = room.output(height * width * channels);
        kernels.averagePoolBackward(dy, rows, columns, height, width, channels, dx);
      },
    })),

  scaleShiftMaxPool: () =>
    combinations({ image: covered, fill: poolInputs, fillScale: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { height, width, channels, stride, size, written } = coveredLayout(name.image);
        const x = room.input(name.fill(size));
        const affine = room.input([...values(stride, 2), ...name.fillScale(stride, 1), ...values(stride, 3)]);
        const [y, argmax] = [room.output(size / 4, { written }), room.outputInts(size / 4, written)];
        kernels.scaleShiftMaxPool(x, height, width, channels, stride, affine, y, argmax);
      },
    })),

  maxPoolGradientMoments: () =>
    combinations({ image: covered, fill: FILLS, fillDy: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { height, width, channels, stride, size } = coveredLayout(name.image);
        const [dy, argmax] = [room.input(name.fillDy(size / 4, 1)), room.inputInts(quarters(size / 4))];
        // Two shards, of one pair of lines and of the rest.
        const samples = room.inputInts([1, height / 2 - 1]);
        const x = room.input(name.fill(size));
        const sums = room.outputDoubles(4 * stride, (i) => i % (2 * stride) < 2 * channels);
        const center = room.input(values(channels, 2));
        const scratch = room.scratch(MOMENTS_SCRATCH);
        kernels.maxPoolGradientMoments(dy, argmax, x, center, samples, 2, width, channels, stride, sums, scratch);
      },
    })),

  maxPoolBatchNormBackward: () =>
    combinations({ image: covered, fill: FILLS, fillDy: FILLS, mask: [0, 1, 1 / 0.9] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { height, width, channels, stride, size, written } = coveredLayout(name.image);
        const [dy, argmax] = [room.input(name.fillDy(size / 4, 1)), room.inputInts(quarters(size / 4))];
        const [x, dx] = [room.input(name.fill(size)), room.output(size, { written })];
        // The sign of dy = ±0 shows where nothing but zeros is added to it.
        const coefficients = room.input(signs(4 * stride, 2));
        kernels.maxPoolBatchNormBackward(dy, argmax, x, height, width, channels, stride, coefficients, name.mask, dx);
      },
    })),
} satisfies Partial<KernelCases>;
