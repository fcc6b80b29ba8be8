import {
  COLUMNS,
  combinations,
  FILLS,
  type KernelCase,
  type KernelCases,
  LENGTHS,
  scatteredValues,
  signs,
  tinyValues,
  values,
} from '../../support/kernelRoom.js';

/** Numbers in ±200: whatever is 0, 1 or infinite far out. */
const farValues = (length: number, stream = 0) => values(length, stream).map((value) => 100 * value);

/** Every value of ±8 by eighths: all the corners of the functions made of lines. */
const eighths = (length: number, stream = 0) => values(length, stream).map((value) => Math.round(32 * value) / 8);

const EVERY_FILL = [...FILLS, farValues, eighths, tinyValues, signs];

type Forward = 'relu6' | 'hardsigmoid' | 'hardswish' | 'sigmoid' | 'tanh' | 'silu' | 'gelu' | 'geluTanh';

const forwardCases = (kernel: Forward): KernelCase[] =>
  combinations({ length: LENGTHS, fill: EVERY_FILL, inPlace: [false, true] }).map((name) => ({
    name,
    run: (kernels, room) => {
      const { length, fill, inPlace } = name;
      const y = room.output(length, inPlace ? { initial: fill(length) } : {});
      kernels[kernel](inPlace ? y : room.input(fill(length)), y);
    },
  }));

const backwardCases = (kernel: `${Forward}Backward`): KernelCase[] =>
  combinations({ length: LENGTHS, fill: EVERY_FILL, fillDy: FILLS, inPlace: [false, true] }).map((name) => ({
    name,
    run: (kernels, room) => {
      const { length, fill, fillDy, inPlace } = name;
      const dx = room.output(length, inPlace ? { initial: fillDy(length, 1) } : {});
      kernels[kernel](room.input(fill(length)), inPlace ? dx : room.input(fillDy(length, 1)), dx);
    },
  }));

const SLOPES = [0.01, 0, -0.3, 2];

export const activationCases = {
  leakyRelu: () =>
    combinations({ length: LENGTHS, fill: EVERY_FILL, slope: SLOPES, inPlace: [false, true] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, fill, slope, inPlace } = name;
        const y = room.output(length, inPlace ? { initial: fill(length) } : {});
        kernels.leakyRelu(inPlace ? y : room.input(fill(length)), slope, y);
      },
    })),

  leakyReluBackward: () =>
    combinations({ length: LENGTHS, fill: EVERY_FILL, fillDy: FILLS, slope: SLOPES }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { length, fill, fillDy, slope } = name;
        kernels.leakyReluBackward(room.input(fill(length)), slope, room.input(fillDy(length, 1)), room.output(length));
      },
    })),

  relu6: () => forwardCases('relu6'),
  relu6Backward: () => backwardCases('relu6Backward'),
  hardsigmoid: () => forwardCases('hardsigmoid'),
  hardsigmoidBackward: () => backwardCases('hardsigmoidBackward'),
  hardswish: () => forwardCases('hardswish'),
  hardswishBackward: () => backwardCases('hardswishBackward'),
  sigmoid: () => forwardCases('sigmoid'),
  sigmoidBackward: () => backwardCases('sigmoidBackward'),
  tanh: () => forwardCases('tanh'),
  tanhBackward: () => backwardCases('tanhBackward'),
  silu: () => forwardCases('silu'),
  siluBackward: () => backwardCases('siluBackward'),
  gelu: () => forwardCases('gelu'),
  geluBackward: () => backwardCases('geluBackward'),
  geluTanh: () => forwardCases('geluTanh'),
  geluTanhBackward: () => backwardCases('geluTanhBackward'),

  softmax: () =>
    combinations({
      rows: [1, 2, 5],
      channels: COLUMNS,
      fill: [...EVERY_FILL, scatteredValues],
      inPlace: [false, true],
    }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { rows, channels, fill, inPlace } = name;
        const y = room.output(rows * channels, inPlace ? { initial: fill(rows * channels) } : {});
        kernels.softmax(inPlace ? y : room.input(fill(rows * channels)), rows, channels, y);
      },
    })),

  softmaxBackward: () =>
    combinations({ rows: [1, 2, 5], channels: COLUMNS, fill: FILLS, fillDy: FILLS, inPlace: [false, true] }).map(
      (name) => ({
        name,
        run: (kernels, room) => {
          const { rows, channels, fill, fillDy, inPlace } = name;
          const size = rows * channels;
          const dx = room.output(size, inPlace ? { initial: fillDy(size, 1) } : {});
          kernels.softmaxBackward(
            room.input(fill(size)),
            inPlace ? dx : room.input(fillDy(size, 1)),
            rows,
            channels,
            dx,
          );
        },
      }),
    ),
} satisfies Partial<KernelCases>;
