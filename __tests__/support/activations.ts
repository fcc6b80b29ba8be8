import * as heddle from '../../src/index.js';
import { formulaValues } from './formula.js';
import { readJson } from './golden.js';

type Heddle = typeof import('../../src/index.js');

/** Each activation layer by what PyTorch prints of it, and the function on values that does the same. */
export const activations = (of: Heddle = heddle) =>
  ({
    'LeakyReLU(negative_slope=0.01)': [new of.LeakyReLU(), (x) => of.leakyReLU(x)],
    'LeakyReLU(negative_slope=0.2)': [new of.LeakyReLU(0.2), (x) => of.leakyReLU(x, 0.2)],
    'LeakyReLU(negative_slope=-0.5)': [new of.LeakyReLU(-0.5), (x) => of.leakyReLU(x, -0.5)],
    'LeakyReLU(negative_slope=0)': [new of.LeakyReLU(0), (x) => of.leakyReLU(x, 0)],
    'ReLU6()': [new of.ReLU6(), of.relu6],
    "GELU(approximate='none')": [new of.GELU(), (x) => of.gelu(x)],
    "GELU(approximate='tanh')": [new of.GELU({ approximate: 'tanh' }), (x) => of.gelu(x, { approximate: 'tanh' })],
    'SiLU()': [new of.SiLU(), of.silu],
    'Hardswish()': [new of.Hardswish(), of.hardswish],
    'Hardsigmoid()': [new of.Hardsigmoid(), of.hardsigmoid],
    'Sigmoid()': [new of.Sigmoid(), of.sigmoid],
    'Tanh()': [new of.Tanh(), of.tanh],
    'Softmax(dim=1)': [new of.Softmax(1), (x) => of.softmax(x, 1)],
  }) as const satisfies Record<string, readonly [heddle.Layer, (x: heddle.Value) => heddle.Value]>;

export type ActivationName = keyof ReturnType<typeof activations>;
export const activationNames = Object.keys(activations()) as ActivationName[];

/** The golden file's float32 numbers, by nine digits; NaN and infinities are null and text. */
type Stored = readonly (number | string | null)[];
const numbersOf = (stored: Stored) => stored.map((value) => (value === null ? Number.NaN : Math.fround(Number(value))));

const file: {
  readonly seed: number;
  readonly bound: number;
  readonly corners: Stored;
  readonly layers: Record<
    ActivationName,
    {
      readonly cases: readonly { readonly shape: readonly number[]; readonly y: Stored; readonly dx: Stored }[];
      readonly float32Error: { readonly y: number; readonly dx: number };
      readonly corners?: { readonly y: Stored; readonly dx: Stored };
    }
  >;
} = readJson('activations.json');

/** What golden/activations_reference.py has of a layer: its head says what that is. */
export function goldenActivation(name: ActivationName) {
  const { cases, float32Error } = file.layers[name];
  return {
    float32Error,
    cases: cases.map(({ shape, y, dx }, i) => ({
      shape,
      x: formulaValues(file.seed, 2 * i, y.length, file.bound),
      dy: formulaValues(file.seed, 2 * i + 1, y.length),
      y: numbersOf(y),
      dx: numbersOf(dx),
    })),
  };
}

/** The output and the gradient at every corner, with an upstream gradient of 3. */
export function goldenCorners(name: ActivationName) {
  const { y, dx } = file.layers[name].corners ?? { y: [], dx: [] };
  return { x: numbersOf(file.corners), y: numbersOf(y), dx: numbersOf(dx) };
}
