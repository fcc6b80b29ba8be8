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
  spacing: [
    [1, 1],
    [2, 1],
    [1, 3],
    [2, 2],
  ] as readonly Pair[],
  target: [
    [4, 7],
    [9, 6],
  ] as readonly Pair[],
});

const pools: Omit<PoolWindow, 'outputHeight' | 'outputWidth' | 'channels'>[] = [
  { height: 2, width: 2, kernelHeight: 2, kernelWidth: 2, strideHeight: 2, strideWidth: 2 },
  { height: 7, width: 9, kernelHeight: 2, kernelWidth: 2, strideHeight: 2, strideWidth: 2 },
  { height: 8, width: 8, kernelHeight: 3, kernelWidth: 3, strideHeight: 2, strideWidth: 2 },
  { height: 6, width: 5, kernelHeight: 1, kernelWidth: 4, strideHeight: 3, strideWidth: 1 },
  { height: 5, width: 7, kernelHeight: 5, kernelWidth: 2, strideHeight: 1, strideWidth: 3 },
];

const poolWindows = combinations({ pool: pools, channels: COLUMNS }).map(({ pool, channels }) => ({
  ...pool,
  channels,
  outputHeight: Math.floor((pool.height - pool.kernelHeight) / pool.strideHeight) + 1,
  outputWidth: Math.floor((pool.width - pool.kernelWidth) / pool.strideWidth) + 1,
}));

/** Images that 2×2 windows cover: blocks of 16 pixels end within lines and windows, and with them. */
const covered = combinations({ height: [2, 4, 10], width: [2, 6, 8, 14], channels: [16, 48] });

const poolInputs: readonly ((length: number) => ArrayLike<number>)[] = [
  values,
  specialValues,
  // Small whole numbers: every window has ties.
  (length) => values(length, 3).map(Math.round),
  (length) => new Float32Array(length).fill(-Infinity),
];

/** Places in 2×2 windows. */
const quarters = (length: number) => Array.from(values(length, 5), (value) => Math.floor(value + 2));

/** Images with odd numbers of channels; padding that spreads and crops; windows that overlap and leave gaps, with ties. */
export const imageCases = {
  padImage: () =>
    padding.map((name) => ({
      name,
      run: (kernels, room) => {
        const { size, channels, target, offset, spacing } = name;
        const source = room.input(values(size[0] * size[1] * channels));
        const padded = room.output(target[0] * target[1] * channels);
        kernels.padImage(source, ...size, channels, padded, ...target, ...offset, ...spacing);
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

  scaleShiftMaxPool: () =>
    combinations({ image: covered, fill: poolInputs, fillScale: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { height, width, channels } = name.image;
        const size = height * width * channels;
        const x = room.input(name.fill(size));
        const affine = room.input([...values(channels, 2), ...name.fillScale(channels, 1), ...values(channels, 3)]);
        const [y, argmax] = [room.output(size / 4), room.outputInts(size / 4)];
        kernels.scaleShiftMaxPool(x, height, width, channels, affine, y, argmax);
      },
    })),

  maxPoolGradientMoments: () =>
    combinations({ image: covered, fill: FILLS, fillDy: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { height, width, channels } = name.image;
        const size = height * width * channels;
        const [dy, argmax] = [room.input(name.fillDy(size / 4, 1)), room.inputInts(quarters(size / 4))];
        const [x, sums] = [room.input(name.fill(size)), room.outputDoubles(2 * channels)];
        const center = room.input(values(channels, 2));
        kernels.maxPoolGradientMoments(dy, argmax, x, center, height, width, channels, sums);
      },
    })),

  maxPoolBatchNormBackward: () =>
    combinations({ image: covered, fill: FILLS, fillDy: FILLS, mask: [0, 1, 1 / 0.9] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { height, width, channels } = name.image;
        const size = height * width * channels;
        const [dy, argmax] = [room.input(name.fillDy(size / 4, 1)), room.inputInts(quarters(size / 4))];
        const [x, dx] = [room.input(name.fill(size)), room.output(size)];
        // The sign of dy = ±0 shows where nothing but zeros is added to it.
        const coefficients = room.input(signs(4 * channels, 2));
        kernels.maxPoolBatchNormBackward(dy, argmax, x, height, width, channels, coefficients, name.mask, dx);
      },
    })),
} satisfies Partial<KernelCases>;
