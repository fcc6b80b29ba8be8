import { describe, expect, it } from '@jest/globals';
import {
  AvgPool2d,
  add,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  Model,
  Module,
  ReLU,
  rowMajor,
  Sequential,
  Softmax,
  type TensorSource,
  transferWeights,
  type Value,
} from '../../src/index.js';
import { graphFor } from '../../src/network/transfer.js';
import { thrown } from '../support/thrown.js';

const inputShape = [1, 4, 4];

/** A convolution with BatchNorm, twice in one network, and a last layer that others stand behind. */
class Net extends Module {
  readonly stem = new Sequential([new Conv2d(1, 2, 3, { padding: 1 }), new BatchNorm2d(2), new ReLU()]);
  readonly again = this.stem;
  readonly head: Sequential;

  constructor(classes: number) {
    super();
    this.head = new Sequential([new Flatten(), new Linear(32, classes), new Dropout(0.5), new Softmax(1)]);
  }

  forward(x: Value): Value {
    return this.head.forward(this.again.forward(x));
  }
}

const modelOf = (network: Module, seed: number) => new Model(network, { inputShape, batchSize: 2, seed });

/** A copy of a model's state dict, whose numbers no other model has. */
const stateOf = (network: Module): Map<string, TensorSource> =>
  new Map(
    [...modelOf(network, 7).stateDict()].map(([name, tensor]) => {
      const data = rowMajor(tensor).slice();
      return [
        name,
        {
          shape: tensor.shape,
          data: data instanceof BigInt64Array ? data.fill(9n) : data.map((value) => value + 1),
        },
      ];
    }),
  );

const valuesOf = (model: Model) => new Map([...model.stateDict()].map(([name, tensor]) => [name, rowMajor(tensor)]));

const head = ['head.1.weight', 'head.1.bias'];

describe('weights to start from', () => {
  it('load whole where the number of classes is the same, BatchNorm’s statistics and counter included', () => {
    const state = stateOf(new Net(3));
    const model = modelOf(new Net(3), 1);
    expect(transferWeights(model, state)).toEqual({ loaded: [...state.keys()], initial: [] });
    for (const [name, values] of valuesOf(model)) expect([name, values]).toEqual([name, state.get(name)?.data]);
    expect(state.get('stem.1.num_batches_tracked')?.data).toEqual(BigInt64Array.of(9n));
  });

  it('leave a last layer for another number of classes as it was, to the bit, behind all that has no weights', () => {
    const state = stateOf(new Net(5));
    const model = modelOf(new Net(3), 1);
    const before = valuesOf(model);
    const { loaded, initial } = transferWeights(model, Object.fromEntries(state));
    expect([initial, loaded]).toEqual([head, [...state.keys()].filter((name) => !head.includes(name))]);
    for (const [name, values] of valuesOf(model))
      expect([name, values]).toEqual([name, initial.includes(name) ? before.get(name) : state.get(name)?.data]);
  });

  it('are in force at once in a model that has predicted before', () => {
    const model = modelOf(new Net(3), 1).eval();
    model.predict(new Float32Array(16).fill(1));
    transferWeights(model, stateOf(new Net(3)));
    const loaded = modelOf(new Net(3), 2).eval();
    loaded.loadStateDict(stateOf(new Net(3)));
    const input = new Float32Array(16).fill(1);
    expect(model.predict(input).probabilities.data).toEqual(loaded.predict(input).probabilities.data);
  });

  it.each<[string, (state: Map<string, TensorSource>) => unknown, RegExp]>([
    [
      'a tensor missing',
      (state) => state.delete('stem.0.bias') && state.delete('again.0.bias'),
      /stem\.0\.bias is missing/,
    ],
    ['a last layer missing', (state) => head.every((name) => state.delete(name)), /head\.1\.weight is missing/],
    ['a tensor more', (state) => state.set('aux.weight', { shape: [1], data: [1] }), /aux\.weight is unexpected/],
    [
      'other channels',
      (state) => state.set('stem.0.weight', { shape: [2, 3, 3, 3], data: new Float32Array(54) }),
      /stem\.0\.weight has shape \[2, 3, 3, 3\]/,
    ],
    [
      'a last layer of other features',
      (state) => state.set('head.1.weight', { shape: [5, 31], data: new Float32Array(155) }),
      /head\.1\.weight has shape \[5, 31\]/,
    ],
    [
      'a last layer of two minds',
      (state) => state.set('head.1.bias', { shape: [3], data: [0, 0, 0] }),
      /head\.1\.weight has shape \[5, 32\]/,
    ],
  ])('are refused with %s, by its name, and leave the model as it was: STATE_DICT', (_, change, message) => {
    const state = stateOf(new Net(5));
    change(state);
    const model = modelOf(new Net(3), 1);
    const before = valuesOf(model);
    const found = thrown(() => transferWeights(model, state));
    expect(found).toMatch(/^STATE_DICT: /);
    expect(found).toMatch(message);
    expect(valuesOf(model)).toEqual(before);
  });

  it('are refused with other classes where two layers make the output together', () => {
    class Sum extends Module {
      readonly a: Sequential;
      readonly b: Sequential;
      constructor(classes: number) {
        super();
        this.a = new Sequential([new Flatten(), new Linear(16, classes)]);
        this.b = new Sequential([new Flatten(), new Linear(16, classes)]);
      }
      forward(x: Value): Value {
        return add(this.a.forward(x), this.b.forward(x));
      }
    }
    expect(thrown(() => transferWeights(modelOf(new Sum(3), 1), stateOf(new Sum(4))))).toMatch(
      /^STATE_DICT: .*a\.1\.weight has shape \[4, 16\].*b\.1\.weight/,
    );
  });
});

describe('the graph of a network for other data', () => {
  it('has as many outputs as there are classes, and takes inputs of another size where its layers do', () => {
    const network = new Sequential([new Conv2d(1, 2, 3), new AvgPool2d(2), new Conv2d(2, 4, 1), new Flatten()]);
    const state = stateOf(network);
    const { graph } = modelOf(network, 1);
    const other = graphFor(graph, state, { inputShape: [1, 4, 5], numClasses: 7 });
    const model = new Model(other, { batchSize: 1 });
    expect([model.inputShape, model.outputShape]).toEqual([[1, 4, 5], [7]]);
    expect(transferWeights(model, state).initial).toEqual(['2.weight', '2.bias']);
    expect(graphFor(graph, state, { inputShape, numClasses: 4 })).toEqual(graph);
  });

  it('names the layer that does not take such inputs, or cannot have as many outputs', () => {
    const { graph } = modelOf(new Net(3), 1);
    const state = stateOf(new Net(3));
    expect(thrown(() => graphFor(graph, state, { inputShape: [1, 5, 4], numClasses: 3 }))).toMatch(/^SHAPE: .*head\.1/);
    const normed = new Sequential([new Conv2d(1, 2, 4), new BatchNorm2d(2), new Flatten()]);
    expect(thrown(() => graphFor(modelOf(normed, 1).graph, stateOf(normed), { inputShape, numClasses: 3 }))).toMatch(
      /^ARGUMENT: the last layer, '1', a BatchNorm2d: expected a Linear or a Conv2d.* 3 outputs/,
    );
  });
});
