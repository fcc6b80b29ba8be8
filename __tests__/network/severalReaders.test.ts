import { describe, expect, it } from '@jest/globals';
import {
  add,
  BatchNorm2d,
  Conv2d,
  concat,
  Dropout,
  flatten,
  gradcheck,
  Linear,
  Model,
  Module,
  mul,
  ReLU,
  relu,
  sigmoid,
  unflatten,
  type Value,
} from '../../src/index.js';
import { rowMajor } from '../../src/tensor/view.js';
import { formulaValues } from '../support/formula.js';
import { backward, forward } from '../support/passes.js';
import { unequal } from '../support/unequal.js';

/** A network of one function, and of the layers that it calls. */
class Network<Layers extends Record<string, Module>> extends Module {
  readonly layers: Layers;
  private readonly run: (x: Value, layers: Layers) => Value;

  constructor(layers: Layers, run: (x: Value, layers: Layers) => Value) {
    super();
    this.layers = layers;
    this.run = run;
  }

  forward(x: Value): Value {
    return this.run(x, this.layers);
  }
}

const network = <Layers extends Record<string, Module>>(layers: Layers, run: (x: Value, layers: Layers) => Value) =>
  new Network(layers, run);

const conv = () => new Conv2d(4, 4, 3, { padding: 1 });

/** Of images of 4×3×5. */
const networks: Record<string, Module> = {
  'the input twice in a sum': network({}, (x) => add(x, x)),
  'a value twice in a sum': network({ conv: conv() }, (x, { conv: first }) => {
    const y = first.forward(x);
    return add(y, y);
  }),
  'a value twice in a product': network({ conv: conv() }, (x, { conv: first }) => {
    const y = first.forward(x);
    return mul(y, y);
  }),
  'a value three times in concat': network({ conv: conv() }, (x, { conv: first }) => {
    const y = first.forward(x);
    return concat([y, x, y, y]);
  }),
  'a value and its ReLU, which works in place': network({ conv: conv() }, (x, { conv: first }) => {
    const y = first.forward(x);
    return add(relu(y), y);
  }),
  'a value and its Dropout, which works in place': network(
    { conv: conv(), dropout: new Dropout(0.4) },
    (x, { conv: first, dropout }) => {
      const y = first.forward(x);
      return add(y, dropout.forward(y));
    },
  ),
  'ReLU’s value, read by a BatchNorm, a ReLU and a sum': network(
    { conv: conv(), norm: new BatchNorm2d(4) },
    (x, { conv: first, norm }) => {
      const y = relu(first.forward(x));
      return add(add(norm.forward(y), relu(y)), y);
    },
  ),
  'BatchNorm’s value, added to itself behind ReLU': network(
    { conv: conv(), norm: new BatchNorm2d(4) },
    (x, { conv: first, norm }) => {
      const y = norm.forward(first.forward(x));
      return add(relu(y), y);
    },
  ),
  'BatchNorm’s value, added to what it normalizes, which has one more reader': network(
    { conv: conv(), norm: new BatchNorm2d(4) },
    (x, { conv: first, norm }) => {
      const y = first.forward(x);
      return concat([add(y, norm.forward(y)), y]);
    },
  ),
  'two BatchNorms of one convolution, added': network(
    { conv: conv(), one: new BatchNorm2d(4), other: new BatchNorm2d(4) },
    (x, { conv: first, one, other }) => {
      const y = first.forward(x);
      return relu(add(one.forward(y), other.forward(y)));
    },
  ),
  'one BatchNorm of both parts of a sum': network(
    { one: conv(), other: conv(), norm: new BatchNorm2d(4) },
    (x, { one, other, norm }) => add(norm.forward(one.forward(x)), norm.forward(other.forward(x))),
  ),
  'a convolution twice on one value': network({ conv: conv() }, (x, { conv: first }) =>
    mul(first.forward(x), first.forward(x)),
  ),
  'a residual of the input itself': network({ conv: conv() }, (x, { conv: first }) => relu(add(x, first.forward(x)))),
  'residuals in a row, which all end in one sum': network({ one: conv(), other: conv() }, (x, { one, other }) => {
    const y = add(one.forward(x), x);
    const z = add(y, other.forward(y));
    return add(add(z, y), x);
  }),
  'SiLU, a value and its sigmoid': network({ conv: conv() }, (x, { conv: first }) => {
    const y = first.forward(x);
    return mul(sigmoid(y), y);
  }),
  'flatten twice of one value, and the value': network({ fc: new Linear(60, 60) }, (x, { fc }) => {
    const y = relu(x);
    return add(unflatten(add(fc.forward(flatten(y)), flatten(y)), [4, 3, 5]), y);
  }),
  'channels broadcast over pixels, and pixels over channels': network(
    { gate: new Conv2d(4, 4, [3, 5]), mask: new Conv2d(4, 1, 1) },
    (x, { gate, mask }) => add(mul(x, gate.forward(x)), mul(mask.forward(x), gate.forward(x))),
  ),
  'a value that no one needs': network({ conv: conv(), norm: new BatchNorm2d(4) }, (x, { conv: first, norm }) => {
    const y = first.forward(x);
    norm.forward(y);
    return relu(y);
  }),
  'a last value that another layer has read': network({ conv: conv() }, (x, { conv: first }) => {
    const y = relu(first.forward(x));
    relu(add(y, x));
    return y;
  }),
  'ReLU twice in a row, and once beside': network({ conv: conv(), relu: new ReLU() }, (x, { conv: first, relu: r }) => {
    const y = r.forward(first.forward(x));
    return add(r.forward(y), r.forward(x));
  }),
};

/** What two training passes and one of evaluation write. */
function course(module: Module, fusion: boolean): Record<string, number[]> {
  const model = new Model(module, {
    inputShape: [4, 3, 5],
    batchSize: 5,
    shards: 2,
    seed: 7,
    inputGradient: true,
    fusion,
  });
  const numbers: Record<string, number[]> = {};
  for (const pass of [1, 2]) {
    numbers[`y ${pass}`] = [...forward(model.train(), formulaValues(1, pass, 5 * 60))];
    numbers[`dx ${pass}`] = [...backward(model, formulaValues(2, pass, numbers[`y ${pass}`].length))];
    for (const [name, gradient] of model.gradients()) numbers[`${name} ${pass}`] = Array.from(rowMajor(gradient));
  }
  numbers.evaluated = [...forward(model.eval(), formulaValues(1, 3, 5 * 60))];
  return numbers;
}

describe.each(Object.entries(networks))('%s', (_what, module) => {
  it('has the gradients of central differences, within 1e-3 and rounding', () => {
    expect(gradcheck(module, [4, 3, 5], { shards: 2 })).toBe(true);
  });

  it('has the same bits with fusion and without', () => {
    const fused = course(module, true);
    for (const [what, numbers] of Object.entries(course(module, false)))
      expect([what, unequal(fused[what], numbers)]).toEqual([what, []]);
  });
});
