import { HARDSWISH, SILU } from '../../../src/kernels/activation.js';
import { MOMENTS_SCRATCH } from '../../../src/kernels/contract/channels.js';
import {
  COLUMNS,
  combinations,
  FILLS,
  type KernelCases,
  LENGTHS,
  type Room,
  values,
} from '../../support/kernelRoom.js';

// Sums take sixteen columns at a time, the rest in fours.
const SUM_COLUMNS = [...COLUMNS, 16, 24, 35];

const FLOORS = [-Infinity, 0];

const momentsScratch = (room: Room) => room.scratch(MOMENTS_SCRATCH);

/** The rows as three shards, of which the second has no sample, and where the moments of each go. */
function inShards(room: Room, { rows, columns, apart }: { rows: number; columns: number; apart: number }) {
  const first = Math.ceil(rows / 3);
  const ofShard = 2 * (columns + apart);
  return {
    samples: room.inputInts([first, 0, rows - first]),
    sums: room.outputDoubles(3 * ofShard, (i) => i % ofShard < 2 * columns),
  };
}

/** Rows of columns with other floats between them, which a kernel leaves as they are. */
function rowLayout({ rows, columns, apart }: { rows: number; columns: number; apart: number }) {
  const stride = columns + apart;
  return { stride, size: rows * stride, written: (i: number) => i % stride < columns };
}

/** Kernels over rows of channels, with ordinary and with special numbers. */
export const channelCases = {
  columnSums: () =>
    combinations({
      rows: LENGTHS,
      columns: SUM_COLUMNS,
      apart: [0, 3],
      accumulate: [false, true],
      fill: FILLS,
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { rows, columns, apart, accumulate, fill } = name;
        const stride = columns + apart;
        const output = room.output(columns, accumulate ? { initial: fill(columns, 1) } : {});
        kernels.columnSums(room.input(fill(rows * stride)), rows, columns, stride, output, accumulate);
      },
    })),

  columnMoments: () =>
    combinations({ rows: LENGTHS, columns: SUM_COLUMNS, apart: [0, 3], fill: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { columns, fill } = name;
        const { stride, size } = rowLayout(name);
        const { samples, sums } = inShards(room, name);
        kernels.columnMoments(room.input(fill(size)), samples, 1, columns, stride, sums, momentsScratch(room));
      },
    })),

  gradientMoments: () =>
    combinations({ rows: LENGTHS, columns: SUM_COLUMNS, apart: [0, 3], fill: FILLS, fillDy: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { columns, fill, fillDy } = name;
        const { stride, size } = rowLayout(name);
        const [dy, x, center] = [room.input(fillDy(size)), room.input(fill(size, 1)), room.input(values(columns, 2))];
        const { samples, sums } = inShards(room, name);
        kernels.gradientMoments(dy, x, center, samples, 1, columns, stride, sums, momentsScratch(room));
      },
    })),

  rectifiedGradientMoments: () =>
    combinations({
      rows: LENGTHS,
      columns: SUM_COLUMNS,
      apart: [0, 3],
      fill: FILLS,
      fillY: FILLS,
      ceiling: [1, Infinity],
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { columns, fill, fillY, ceiling } = name;
        const { stride, size, written } = rowLayout(name);
        const [y, x] = [room.input(fillY(size, 3)), room.input(fill(size, 1))];
        const dy = room.output(size, { initial: fill(size), written });
        const center = room.input(values(columns, 2));
        const [{ samples, sums }, scratch] = [inShards(room, name), momentsScratch(room)];
        kernels.rectifiedGradientMoments(y, ceiling, dy, x, center, samples, 1, columns, stride, sums, scratch);
      },
    })),

  sumMoments: () =>
    combinations({ shards: [1, 2, 20], columns: SUM_COLUMNS, apart: [0, 3] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { shards, columns, apart } = name;
        const stride = columns + apart;
        const thirds = Float64Array.from(values(2 * stride * shards), (value) => value / 3);
        const moments = room.outputDoubles(thirds.length, (i) => i < 2 * columns, thirds);
        kernels.sumMoments(moments, shards, columns, stride);
      },
    })),

  scaleShift: () =>
    combinations({
      rows: LENGTHS,
      columns: COLUMNS,
      apart: [0, 3],
      fill: FILLS,
      fillShift: FILLS,
      bounds: [
        [-Infinity, Infinity],
        [0, Infinity],
        [0, 1],
      ] as const,
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const {
          rows,
          columns,
          fill,
          fillShift,
          bounds: [floor, ceiling],
        } = name;
        const { stride, size, written } = rowLayout(name);
        const affine = room.input([...values(stride, 2), ...fill(stride, 1), ...fillShift(stride, 3)]);
        const [x, y] = [room.input(fill(size)), room.output(size, { written })];
        kernels.scaleShift(x, rows, columns, stride, affine, floor, ceiling, y);
      },
    })),

  scaleShiftAdd: () =>
    combinations({
      rows: LENGTHS,
      columns: COLUMNS,
      apart: [0, 3],
      fill: FILLS,
      fillResidual: FILLS,
      floor: FLOORS,
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { rows, columns, fill, fillResidual, floor } = name;
        const { stride, size, written } = rowLayout(name);
        const [x, residual] = [room.input(fill(size)), room.input(fillResidual(size, 4))];
        const affine = room.input([...values(stride, 2), ...fill(stride, 1), ...values(stride, 3)]);
        kernels.scaleShiftAdd(x, rows, columns, stride, affine, residual, floor, room.output(size, { written }));
      },
    })),

  scaleShiftActivation: () =>
    combinations({ rows: LENGTHS, columns: COLUMNS, apart: [0, 3], fill: FILLS, activation: [SILU, HARDSWISH] }).map(
      (name) => ({
        name,
        run: (kernels, room) => {
          const { rows, columns, fill, activation } = name;
          const { stride, size, written } = rowLayout(name);
          const affine = room.input([...values(stride, 2), ...fill(stride, 1), ...values(stride, 3)]);
          const [x, y] = [room.input(fill(size)), room.output(size, { written })];
          kernels.scaleShiftActivation(x, rows, columns, stride, affine, activation, y);
        },
      }),
    ),

  activationGradientMoments: () =>
    combinations({
      rows: LENGTHS,
      columns: SUM_COLUMNS,
      apart: [0, 3],
      fill: FILLS,
      activation: [SILU, HARDSWISH],
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { columns, fill, activation } = name;
        const { stride, size, written } = rowLayout(name);
        const affine = room.input([...values(stride, 2), ...values(stride, 1), ...values(stride, 3)]);
        const [x, dy] = [room.input(fill(size)), room.output(size, { initial: fill(size, 1), written })];
        const [{ samples, sums }, scratch] = [inShards(room, name), momentsScratch(room)];
        kernels.activationGradientMoments(affine, activation, dy, x, samples, 1, columns, stride, sums, scratch);
      },
    })),

  batchNormBackward: () =>
    combinations({ rows: LENGTHS, columns: [...COLUMNS, 700], apart: [0, 3], fill: FILLS, mask: [0, 1, 1 / 0.9] }).map(
      (name) => ({
        name,
        run: (kernels, room) => {
          const { rows, columns, fill, mask } = name;
          const { stride, size, written } = rowLayout(name);
          const [dy, x, dx] = [room.input(fill(size)), room.input(fill(size, 1)), room.output(size, { written })];
          kernels.batchNormBackward(dy, x, rows, columns, stride, room.input(values(4 * stride, 2)), mask, dx);
        },
      }),
    ),
} satisfies Partial<KernelCases>;
