import type { PoolWindow } from '../../../src/kernels/kernels.js';
import {
  COLUMNS,
  combinations,
  FILLS,
  type KernelCases,
  LENGTHS,
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
  ...{ ...pool, channels },
  outputHeight: Math.floor((pool.height - pool.kernelHeight) / pool.strideHeight) + 1,
  outputWidth: Math.floor((pool.width - pool.kernelWidth) / pool.strideWidth) + 1,
}));

const poolInputs: readonly ((length: number) => ArrayLike<number>)[] = [
  values,
  specialValues,
  // Small whole numbers: every window has ties.
  (length) => values(length, 3).map(Math.round),
  (length) => new Float32Array(length).fill(-Infinity),
];

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
} satisfies Partial<KernelCases>;
