import { describe, expect, it } from '@jest/globals';
import { Module } from '../../../src/graph/module.js';
import type { Value } from '../../../src/graph/value.js';
import { BatchNorm2d } from '../../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../../src/layers/conv2d.js';
import { Dropout } from '../../../src/layers/dropout.js';
import { add, relu, silu } from '../../../src/layers/functions.js';
import { Hardswish } from '../../../src/layers/hardswish.js';
import { MaxPool2d } from '../../../src/layers/maxPool2d.js';
import { ReLU } from '../../../src/layers/relu.js';
import { ReLU6 } from '../../../src/layers/relu6.js';
import { SiLU } from '../../../src/layers/silu.js';
import { fuse, fusionRules, operationsOf } from '../../../src/network/fusion/fuse.js';
import type { FusionRule, Mode } from '../../../src/network/fusion/rule.js';
import { shapesOf } from '../../../src/network/layersOf.js';
import { Model } from '../../../src/network/model.js';
import { Sequential } from '../../../src/network/sequential.js';
import { trace } from '../../../src/network/trace.js';
import { rowMajor } from '../../../src/tensor/view.js';
import { values } from '../../support/kernelRoom.js';
import { backward, forward } from '../../support/passes.js';
import { unequal } from '../../support/unequal.js';

const C = 16;
const inputShape = [C, 6, 4];
const [SAMPLES, SIZE] = [5, C * 6 * 4];
const conv = () => new Conv2d(C, C, 3, { padding: 1 });
const separate = () => new Conv2d(C, C, 3, { padding: 1, groups: C });
const norm = () => new BatchNorm2d(C);

/** Two branches of a convolution and what `join` makes of them; `alsoRead` adds the value between once more at the end. */
class Branches extends Module {
  readonly left = conv();
  readonly right = conv();
  readonly leftNorm = norm();
  readonly rightNorm = norm();
  readonly last = conv();

  constructor(private readonly join: (branches: Branches, x: Value) => Value) {
    super();
  }

  forward(x: Value): Value {
    return this.last.forward(this.join(this, x));
  }
}

const networks: Readonly<Record<string, Readonly<Record<string, () => Module>>>> = {
  'Conv2d, ReLU': { 'in a chain': () => new Sequential([conv(), new ReLU(), conv()]) },
  'BatchNorm2d, Add': {
    'and a ReLU behind': () => new Branches(({ left, leftNorm }, x) => relu(add(leftNorm.forward(left.forward(x)), x))),
    'of two normalized branches, the other way round': () =>
      new Branches(({ left, right, leftNorm, rightNorm }, x) =>
        add(leftNorm.forward(left.forward(x)), rightNorm.forward(right.forward(x))),
      ),
    'of a value and what is made of it alone': () =>
      new Branches(({ left, leftNorm }, x) => {
        const y = left.forward(x);
        return add(y, leftNorm.forward(y));
      }),
    'of a residual that is read once more': () =>
      new Branches(({ left, right, leftNorm }, x) => {
        const y = right.forward(x);
        return add(relu(add(leftNorm.forward(left.forward(y)), y)), y);
      }),
  },
  'BatchNorm2d, ReLU': {
    'behind a convolution': () => new Sequential([conv(), norm(), new ReLU(), conv()]),
    'before another BatchNorm2d': () => new Sequential([conv(), norm(), new ReLU(), norm(), conv()]),
    'with Dropout behind': () => new Sequential([conv(), norm(), new ReLU(), new Dropout(0.3), conv()]),
    'with MaxPool2d behind': () => new Sequential([conv(), norm(), new ReLU(), new MaxPool2d(2), conv()]),
  },
  'BatchNorm2d, ReLU6': {
    'behind a convolution': () => new Sequential([conv(), norm(), new ReLU6(), conv()]),
    'behind a depthwise convolution': () => new Sequential([separate(), norm(), new ReLU6(), conv()]),
    'with Dropout and another BatchNorm2d behind': () =>
      new Sequential([conv(), norm(), new ReLU6(), new Dropout(0.3), norm(), conv()]),
    'with MaxPool2d behind': () => new Sequential([conv(), norm(), new ReLU6(), new MaxPool2d(2), conv()]),
  },
  'BatchNorm2d, SiLU': {
    'behind a convolution': () => new Sequential([conv(), norm(), new SiLU(), conv()]),
    'with Dropout behind': () => new Sequential([separate(), norm(), new SiLU(), new Dropout(0.3), conv()]),
    'with ReLU and another BatchNorm2d behind': () =>
      new Sequential([conv(), norm(), new SiLU(), new ReLU(), norm(), conv()]),
    'of a value that is read twice': () =>
      new Branches(({ left, right, leftNorm }, x) => {
        const y = left.forward(x);
        return add(silu(leftNorm.forward(y)), right.forward(y));
      }),
  },
  'BatchNorm2d, Hardswish': {
    'behind a convolution': () => new Sequential([conv(), norm(), new Hardswish(), conv()]),
    'with MaxPool2d behind': () => new Sequential([conv(), norm(), new Hardswish(), new MaxPool2d(2), conv()]),
  },
  'Add, ReLU': {
    'of two convolutions': () => new Branches(({ left, right }, x) => relu(add(left.forward(x), right.forward(x)))),
    'of one value twice': () =>
      new Branches(({ left }, x) => {
        const y = left.forward(x);
        return relu(add(y, y));
      }),
    'before a BatchNorm2d': () =>
      new Branches(({ left, right, leftNorm }, x) => leftNorm.forward(relu(add(left.forward(x), right.forward(x))))),
  },
  'BatchNorm2d, MaxPool2d': { 'in a chain': () => new Sequential([conv(), norm(), new MaxPool2d(2), conv()]) },
  'ReLU, Dropout, BatchNorm2d': {
    'without a Dropout': () => new Sequential([new MaxPool2d(2), new ReLU(), norm(), conv()]),
    'with one, behind a convolution': () => new Sequential([conv(), new ReLU(), new Dropout(0.3), norm(), conv()]),
    'with two, of which one stays by itself': () =>
      new Sequential([conv(), new ReLU(), new Dropout(0.3), new Dropout(0.2), norm(), new ReLU(), norm(), conv()]),
  },
  'Conv2d, BatchNorm2d': {
    'with ReLU behind': () => new Sequential([conv(), norm(), new ReLU(), conv()]),
    'with ReLU6 behind, also of a depthwise one': () =>
      new Sequential([conv(), norm(), new ReLU6(), separate(), norm(), new ReLU6(), conv()]),
    'with ReLU between': () => new Sequential([conv(), new ReLU(), norm(), conv()]),
  },
};

/** The operations of a network, as text, with these rules. */
function operations(network: Module, mode: Mode, rules: readonly FusionRule[]): string {
  const { graph, layers } = trace(network, inputShape);
  const fused = fuse(operationsOf(graph, layers, shapesOf(graph, layers), mode), mode, rules);
  return JSON.stringify(fused.operations.map(({ layer, ...operation }) => operation));
}

/** Outputs, gradients and state of two steps of training, then an evaluation. */
function course(network: Module, fusion: boolean, convolution: 'winograd' | 'im2col'): Record<string, number[]> {
  const options = { inputShape, batchSize: SAMPLES, shards: 3, seed: 2, inputGradient: true };
  const model = new Model(network, { ...options, convolution, fusion });
  // So that what is normalized is also beyond ReLU6's bound.
  for (const { shape, data } of model.parameters) if (shape.length === 1) data.set(data.map((value) => 5 * value));
  const numbers: Record<string, number[]> = {};
  for (const step of [1, 2]) {
    const y = forward(model.train(), values(SAMPLES * SIZE, step));
    numbers[`output ${step}`] = [...y];
    numbers[`input gradient ${step}`] = [...backward(model, values(y.length, 2 + step))];
    for (const [name, gradient] of model.gradients())
      numbers[`${name}, gradient ${step}`] = Array.from(rowMajor(gradient), Number);
  }
  for (const [name, tensor] of model.stateDict()) numbers[name] = Array.from(rowMajor(tensor), Number);
  numbers.evaluated = [...forward(model.eval(), values(SAMPLES * SIZE, 5))];
  return numbers;
}

describe.each(fusionRules.map((rule) => [rule.name, rule] as const))('the fusion rule of %s', (name, rule) => {
  const cases = Object.entries(networks[name] ?? {});

  it('has networks here', () => expect(cases.length).toBeGreaterThan(0));

  it.each(cases)('%s: applies, and the bits are those of the layers by themselves, training and not', (_, network) => {
    const others = fusionRules.filter((other) => other !== rule);
    const changes = rule.modes.map(
      (mode) => operations(network(), mode, fusionRules) !== operations(network(), mode, others),
    );
    expect(changes).toContain(true);
    for (const convolution of ['winograd', 'im2col'] as const) {
      const [fused, apart] = [true, false].map((fusion) => course(network(), fusion, convolution));
      for (const [what, numbers] of Object.entries(apart))
        expect([convolution, what, unequal(fused[what], numbers)]).toEqual([convolution, what, []]);
    }
  });
});

describe('a value that has another reader', () => {
  it.each([
    ['between Conv2d and ReLU', (y: Value, _: BatchNorm2d) => add(relu(y), y)],
    ['between Conv2d and BatchNorm2d', (y: Value, norm: BatchNorm2d) => add(norm.forward(y), relu(y))],
    [
      'between BatchNorm2d and ReLU',
      (y: Value, norm: BatchNorm2d) => {
        const z = norm.forward(y);
        return add(relu(z), relu(z));
      },
    ],
  ])('%s stays as it is, and so do the bits', (_, join) => {
    const network = () => new Branches(({ left, leftNorm }, x) => join(left.forward(x), leftNorm));
    const [fused, apart] = [true, false].map((fusion) => course(network(), fusion, 'winograd'));
    for (const [what, numbers] of Object.entries(apart))
      expect([what, unequal(fused[what], numbers)]).toEqual([what, []]);
  });
});
