import type { HashKey } from '../../../src/tensor/random.js';
import {
  COLUMNS,
  combinations,
  FILLS,
  type KernelCase,
  type KernelCases,
  LENGTHS,
  specialValues,
  values,
} from '../../support/kernelRoom.js';

const keys: HashKey[] = [
  [0, 0],
  [1, 2],
  [0x7fffffff, 0x80000000],
  [0x80000001, 0x7fffffff],
  [0xffffffff, 0xffffffff],
  [0xfffffffe, 0x12345678],
];

/** Elements that meet those of another array, also written over either. */
const binaryCases = (kernel: 'add' | 'addRelu' | 'multiply'): KernelCase[] =>
  combinations({ length: LENGTHS, fill: FILLS, fillOther: FILLS, over: [undefined, 'a', 'b'] }).map((name) => ({
    name,
    run: (kernels, room) => {
      const { length, fill, fillOther, over } = name;
      const operand = (which: string, initial: Float32Array) =>
        over === which ? room.output(length, { initial }) : room.input(initial);
      const [a, b] = [operand('a', fill(length)), operand('b', fillOther(length, 3))];
      const y = over === undefined ? room.output(length) : over === 'a' ? a : b;
      kernels[kernel](a, b, y);
    },
  }));

/** Kernels over plain arrays and the loss, with ordinary and with special numbers. */
export const elementCases = {
  multiplyRows: () =>
    combinations({ rows: LENGTHS, columns: COLUMNS, fill: FILLS, fillFactors: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { rows, columns, fill, fillFactors } = name;
        const [x, factors] = [room.input(fill(rows * columns)), room.input(fillFactors(columns, 1))];
        kernels.multiplyRows(x, rows, columns, factors, room.output(rows * columns));
      },
    })),

  columnProductSums: () =>
    combinations({ rows: LENGTHS, columns: COLUMNS, fill: FILLS, fillOther: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { rows, columns, fill, fillOther } = name;
        const [a, b] = [room.input(fill(rows * columns)), room.input(fillOther(rows * columns, 1))];
        kernels.columnProductSums(a, b, rows, columns, room.output(columns));
      },
    })),

  add: () => binaryCases('add'),
  addRelu: () => binaryCases('addRelu'),
  multiply: () => binaryCases('multiply'),

  relu: () =>
    combinations({ length: LENGTHS, fill: FILLS, inPlace: [false, true] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, fill, inPlace } = name;
        const y = room.output(length, inPlace ? { initial: fill(length) } : {});
        kernels.relu(inPlace ? y : room.input(fill(length)), y);
      },
    })),

  reluColumns: () =>
    combinations({ columns: LENGTHS, gap: [0, 3], fill: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { columns, gap, fill } = name;
        const stride = columns + gap;
        const y = room.output(3 * stride, { initial: fill(3 * stride), written: (i) => i % stride < columns });
        kernels.reluColumns(y, 3, columns, stride);
      },
    })),

  reluBackward: () =>
    combinations({ length: LENGTHS, fill: FILLS, fillDy: FILLS, inPlace: [false, true] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, fill, fillDy, inPlace } = name;
        const dx = room.output(length, inPlace ? { initial: fillDy(length, 1) } : {});
        kernels.reluBackward(room.input(fill(length)), inPlace ? dx : room.input(fillDy(length, 1)), dx);
      },
    })),

  dropout: () =>
    combinations({
      length: [1, 3, 4, 7, 65],
      fill: FILLS,
      inPlace: [false, true],
      key: keys,
      threshold: [0, 1, 429496730, 2 ** 31 - 1, 2 ** 31, 4252017623, 2 ** 32 - 1],
      scale: [0, 2, 1 / 0.9],
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, fill, inPlace, key, threshold, scale } = name;
        const y = room.output(length, inPlace ? { initial: fill(length) } : {});
        kernels.dropout(inPlace ? y : room.input(fill(length)), y, key, threshold, scale);
      },
    })),

  softmaxCrossEntropy: () =>
    combinations({
      rows: [1, 3, 5],
      classes: [1, 2, 3, 5, 8, 10, 17],
      scale: [0, 1, 8, 1000, 1e38, Number.NaN],
      smoothing: [0, 0.1, 1],
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { rows, classes, scale, smoothing } = name;
        const size = rows * classes;
        // NaN stands for the row of special values.
        const logits = room.input(
          Number.isNaN(scale) ? specialValues(size, 1) : values(size).map((value) => value * scale),
        );
        const targets = room.inputInts(Array.from({ length: rows }, (_, r) => (3 * r + 1) % classes));
        const [losses, dLogits] = [room.outputDoubles(rows), room.output(size)];
        kernels.softmaxCrossEntropy(logits, rows, classes, targets, smoothing, 1 / rows, losses, dLogits);
      },
    })),

  sumShards: () =>
    combinations({ length: LENGTHS, count: [1, 2, 3, 20], apart: [0, 5], fill: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, count, apart, fill } = name;
        const stride = length + apart;
        kernels.sumShards(room.input(fill((count - 1) * stride + length)), count, stride, room.output(length));
      },
    })),

  sgd: () =>
    combinations({
      length: LENGTHS,
      learningRate: [0, 0.15],
      momentum: [0, 0.9],
      dampening: [0, 0.3, -0.7],
      weightDecay: [0, 1e-4],
      nesterov: [false, true],
      first: [false, true],
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, ...update } = name;
        const parameter = room.output(length, { initial: values(length) });
        const buffer = update.momentum === 0 ? undefined : room.output(length, { initial: values(length, 2) });
        kernels.sgd(parameter, room.input(values(length, 1)), buffer, update);
      },
    })),

  sumSquares: () =>
    combinations({ length: [0, ...LENGTHS, 131], fill: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => kernels.sumSquares(room.input(name.fill(name.length)), room.outputDoubles(1)),
    })),

  scale: () =>
    combinations({ length: LENGTHS, fill: FILLS, factor: [0, 1, 0.3] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, fill, factor } = name;
        kernels.scale(room.output(length, { initial: fill(length) }), factor);
      },
    })),

  average: () =>
    combinations({ length: LENGTHS, fill: FILLS, share: [0, 1, 0.1] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, fill, share } = name;
        kernels.average(room.input(fill(length)), share, room.output(length, { initial: values(length, 1) }));
      },
    })),

  adam: () =>
    combinations({
      length: LENGTHS,
      beta1: [0, 0.9],
      beta2: [0.9, 0.999],
      eps: [0, 1e-8],
      stepSize: [0, 0.01],
      correction: [0.03, 1],
      weightDecay: [0, 1e-2],
      keep: [1, 0.999],
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, ...update } = name;
        const [parameter, expAvg] = [0, 2].map((stream) => room.output(length, { initial: values(length, stream) }));
        const expAvgSq = room.output(length, { initial: values(length, 3).map((value) => value * value) });
        kernels.adam(parameter, room.input(values(length, 1)), expAvg, expAvgSq, update);
      },
    })),

  rmsprop: () =>
    combinations({
      length: LENGTHS,
      learningRate: [0, 0.01],
      alpha: [0, 0.99],
      eps: [0, 1e-8],
      momentum: [0, 0.9],
      weightDecay: [0, 1e-2],
      centered: [false, true],
      squareScale: [0, 1],
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, centered, squareScale, ...update } = name;
        const parameter = room.output(length, { initial: values(length) });
        const squares = values(length, 3).map((value) => squareScale * value * value);
        const buffer = update.momentum === 0 ? undefined : room.output(length, { initial: values(length, 2) });
        const mean = centered ? room.output(length, { initial: values(length, 4) }) : undefined;
        const square = room.output(length, { initial: squares });
        kernels.rmsprop(parameter, room.input(values(length, 1)), square, buffer, mean, update);
      },
    })),
} satisfies Partial<KernelCases>;
