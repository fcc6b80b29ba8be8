import { describe, expect, it } from '@jest/globals';
import {
  add,
  Conv2d,
  Dropout,
  gradcheck,
  type Layer,
  Model,
  Module,
  mul,
  ReLU6,
  relu,
  Sequential,
  Sigmoid,
  Softmax,
  type Value,
} from '../../src/index.js';
import type { ModelOptions } from '../../src/network/modelOptions.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { activationNames, activations, goldenActivation, goldenCorners } from '../support/activations.js';
import { formulaValues } from '../support/formula.js';
import { relativeError } from '../support/golden.js';
import { backward, forward } from '../support/passes.js';
import { thrown } from '../support/thrown.js';
import { unequal } from '../support/unequal.js';

const layers = activations();

/** The output and the input's gradient of one layer. */
function pass(layer: Module, shape: readonly number[], x: Float32Array, dy: Float32Array, options = {}) {
  const [batchSize, ...inputShape] = shape;
  const network = new Sequential({ layer });
  const model = new Model(network, { inputShape, batchSize, shards: 2, inputGradient: true, ...options });
  return { y: forward(model, x), dx: backward(model, dy), evaluated: forward(model.eval(), x) };
}

// Ours rounds as often as PyTorch, in another order: that may be twice float32Error. Its exp is within a unit of the last place
// as PyTorch's is, and tanh and erf are within three, PyTorch's tanh within half a unit.
const FACTOR = 6;

describe.each(['reference', 'simd'] as const)('%s kernels', (kernels) => {
  it.each(activationNames)(
    `%s: output and gradient of six shapes within ${FACTOR} times PyTorch’s own error in float32, evaluation to the bit`,
    (name) => {
      const { cases, float32Error } = goldenActivation(name);
      const found = cases.map(({ shape, x, dy }) => pass(layers[name][0], shape, x, dy, { kernels }));
      for (const what of ['y', 'dx'] as const) {
        const error = relativeError(
          found.flatMap((result) => [...result[what]]),
          cases.flatMap((expected) => expected[what]),
        );
        expect([what, error <= FACTOR * float32Error[what], error]).toEqual([what, true, error]);
      }
      for (const { y, evaluated } of found) expect(unequal(evaluated, y)).toEqual([]);
    },
  );

  it.each(activationNames.filter((name) => !name.startsWith('Softmax')))(
    '%s at zeros, ties, subnormals, ±1e10 and ±∞: PyTorch’s numbers to the bit where it is made of lines, else within 1e-6',
    (name) => {
      const { x, y, dx } = goldenCorners(name);
      const found = pass(layers[name][0], [x.length, 1], Float32Array.from(x), new Float32Array(x.length).fill(3), {
        kernels,
      });
      const tolerance = /GELU|SiLU|^Sigmoid|Tanh/.test(name) ? 1e-6 : 0;
      for (const [i, input] of x.entries()) {
        const close = (value: number, expected: number) =>
          Object.is(value + 0, expected + 0) ||
          Math.abs(value - expected) <= tolerance * Math.max(1, Math.abs(expected));
        expect([input, found.y[i], close(found.y[i], y[i])]).toEqual([input, found.y[i], true]);
        // PyTorch's own code for vectors and for single numbers disagree on the gradient of NaN.
        if (!Number.isNaN(input))
          expect([input, found.dx[i], close(found.dx[i], dx[i])]).toEqual([input, found.dx[i], true]);
      }
      expect(found.y[x.findIndex(Number.isNaN)]).toBeNaN();
    },
  );
});

describe.each(activationNames)('%s', (name) => {
  const [layer, onValues] = layers[name];

  it('is printed as PyTorch prints it, and has the arguments that make it again', () => {
    expect(layer.describe()).toBe(name);
    const again = Reflect.construct(layer.constructor, layer.arguments()) as Layer;
    expect(again.describe()).toBe(name);
  });

  it('is the function on values of the same name', () => {
    class Called extends Module {
      forward = (x: Value) => onValues(x);
    }
    const called = new Model(new Called(), { inputShape: [5], batchSize: 1 });
    expect([...called.layers.values()].map((each) => each.describe())).toEqual([name]);
  });

  const conv = () => new Conv2d(2, 2, 3, { padding: 1 });

  /** Between ReLUs, which are fused or stand alone, and Dropout, which may write over it; and beside other readers. */
  class Neighbours extends Module {
    readonly first = conv();
    readonly second = conv();
    readonly last = conv();
    readonly dropout = new Dropout(0.3);

    forward(x: Value): Value {
      const y = this.first.forward(x);
      const z = onValues(y);
      const dropped = this.dropout.forward(onValues(relu(this.second.forward(mul(z, y)))));
      return this.last.forward(relu(onValues(add(relu(add(dropped, z)), y))));
    }
  }

  const shape = [2, 4, 5];
  const [x, dy] = [0, 1].map((stream) => formulaValues(2, stream, 5 * sizeOf(shape), 4));
  const course = (options: Partial<ModelOptions>) => {
    const model = new Model(new Neighbours(), {
      inputShape: shape,
      batchSize: 5,
      seed: 3,
      shards: 2,
      kernels: 'simd',
      inputGradient: true,
      ...options,
    });
    return [forward(model.train(), x), backward(model, dy), forward(model.eval(), x)];
  };

  it('beside other readers: the same bits unfused, with reference kernels and in other shards', () => {
    const expected = course({});
    for (const options of [{ fusion: false }, { kernels: 'reference' }, { shards: 1 }, { shards: 5 }] as const)
      for (const [i, numbers] of course(options).entries())
        expect([options, i, unequal(numbers, expected[i])]).toEqual([options, i, []]);
  });

  it('gradients by central differences, also beside other readers: within 1e-3 and rounding', () => {
    expect(gradcheck(layer, [3, 2, 3], { kernels: 'simd' })).toBe(true);
    expect(gradcheck(new Neighbours(), [2, 3, 2], { kernels: 'simd', shards: 2 })).toBe(true);
  });
});

it.each(activationNames)('%s before a Sigmoid, which works in place: the bits of the two by themselves', (name) => {
  const [layer] = layers[name];
  const shape = [2, 3, 4, 5];
  const [x, dy] = [0, 1].map((stream) => formulaValues(7, stream, sizeOf(shape), 4));
  const first = pass(layer, shape, x, dy);
  const second = pass(new Sigmoid(), shape, first.y, dy);
  const both = pass(new Sequential([layer, new Sigmoid()]), shape, x, dy);
  expect(unequal(both.y, second.y)).toEqual([]);
  expect(unequal(both.dx, pass(layer, shape, x, second.dx).dx)).toEqual([]);
});

it('ReLU6 before Dropout, which takes numbers past 6: the gradient of those that stay is there', () => {
  const shape = [4, 25];
  const { y, dx } = pass(
    new Sequential([new ReLU6(), new Dropout(0.5)]),
    shape,
    new Float32Array(100).fill(4),
    new Float32Array(100).fill(1),
  );
  expect([...new Set(y)].toSorted()).toEqual([0, 8]);
  expect(dx).toEqual(y.map((value) => value / 4));
});

describe('Softmax', () => {
  it.each([
    [1, [7]],
    [-1, [7]],
    [-3, [7, 2, 3]],
  ])('along dim %d of inputs of shape %j: each pixel’s channels add up to 1 within 7·2⁻²⁴', (dim, shape) => {
    const x = formulaValues(3, 0, 2 * sizeOf(shape), 30);
    const { y } = pass(new Softmax(dim), [2, ...shape], x, x);
    const pixels = sizeOf(shape) / 7;
    for (let n = 0; n < 2; n++)
      for (let pixel = 0; pixel < pixels; pixel++) {
        const channels = Array.from({ length: 7 }, (_, c) => y[(n * 7 + c) * pixels + pixel]);
        expect(Math.abs(channels.reduce((sum, value) => sum + value, 0) - 1)).toBeLessThanOrEqual(7 * 2 ** -24);
      }
  });

  it.each([
    [0, [7], 'whose channels are dim 1 or -1'],
    [-2, [7], 'whose channels are dim 1 or -1'],
    [-1, [7, 2, 3], 'whose channels are dim 1 or -3'],
    [2, [7, 2, 3], 'whose channels are dim 1 or -3'],
  ])('along dim %d of inputs of shape %j is refused: SHAPE', (dim, inputShape, words) => {
    const message = thrown(() => new Model(new Sequential([new Softmax(dim)]), { inputShape, batchSize: 1 }));
    expect(message).toMatch(/^SHAPE: layer 0, Softmax/);
    expect(message).toContain(words);
  });
});
