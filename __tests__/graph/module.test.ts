import { describe, expect, it } from '@jest/globals';
import { Module, moduleType, namedModules } from '../../src/graph/module.js';
import type { Value } from '../../src/graph/value.js';
import { add, BatchNorm2d, Conv2d, Flatten, Linear, Model, ReLU, Sequential } from '../../src/index.js';
import { values } from '../support/kernelRoom.js';
import { backward, forward } from '../support/passes.js';
import { thrown } from '../support/thrown.js';

/** A module whose children are what it is given, which its forward leaves alone. */
class Holder extends Module {
  constructor(children: object) {
    super();
    Object.assign(this, children);
  }

  forward(x: Value): Value {
    return x;
  }
}

const childNames = (children: object) => new Holder(children).namedChildren().map(([name]) => name);

describe('children', () => {
  const relu = () => new ReLU();

  it.each<[string, object, string[]]>([
    ['properties', { b: relu(), a: relu() }, ['b', 'a']],
    ['a list', { layer1: [relu(), relu()] }, ['layer1.0', 'layer1.1']],
    ['an object', { heads: { mask: relu(), box: relu() } }, ['heads.mask', 'heads.box']],
    [
      'lists and objects in each other',
      { stages: [{ main: [relu()], skip: relu() }, [[relu()]]] },
      ['stages.0.main.0', 'stages.0.skip', 'stages.1.0.0'],
    ],
    [
      'a list with other things between',
      { blocks: [relu(), 3, undefined, null, undefined, relu()] },
      ['blocks.0', 'blocks.5'],
    ],
    ['modules among settings', { inChannels: 3, name: 'x', sizes: [1, 2], act: relu(), options: { p: 1 } }, ['act']],
    ['modules that are not there', { downsample: undefined, other: null }, []],
    ['a Map or a Set, which are not looked into', { map: new Map([['a', relu()]]), set: new Set([relu()]) }, []],
  ])('of %s, in the order in which they were set', (_what, children, names) => {
    expect(childNames(children)).toEqual(names);
  });

  it('of a class are those of its base, then its own', () => {
    class Base extends Module {
      first = new ReLU();
      forward(x: Value) {
        return this.first.forward(x);
      }
    }
    class Derived extends Base {
      second = new ReLU();
    }
    expect(new Derived().namedChildren().map(([name]) => name)).toEqual(['first', 'second']);
  });

  it('of a Sequential are numbers for a list, and the names of an object', () => {
    const names = (network: Sequential) => network.namedChildren().map(([name]) => name);
    expect(names(new Sequential([new ReLU(), new ReLU()]))).toEqual(['0', '1']);
    expect(names(new Sequential({ b: new ReLU(), a: new ReLU() }))).toEqual(['b', 'a']);
  });
});

describe('namedModules', () => {
  it('lists each module before its children, and says where one was before', () => {
    const shared = new Holder({ inner: new ReLU() });
    const network = new Holder({ a: [shared], b: { again: shared }, c: new Flatten() });
    expect(namedModules(network).map(({ path, sameAs }) => [path, sameAs])).toEqual([
      ['', undefined],
      ['a.0', undefined],
      ['a.0.inner', undefined],
      ['b.again', 'a.0'],
      ['b.again.inner', 'a.0.inner'],
      ['c', undefined],
    ]);
  });

  it.each<[string, () => Module, string]>([
    [
      'in itself',
      () => {
        const network = new Holder({});
        return Object.assign(network, { self: [network] });
      },
      "module 'self.0' stands in itself",
    ],
    [
      'in its child',
      () => {
        const child = new Holder({});
        const network = new Holder({ child });
        Object.assign(child, { parent: network });
        return new Sequential({ block: network });
      },
      "module 'block.child.parent' stands in itself",
    ],
  ])('refuses a module that stands %s, by its path: ARGUMENT', (_what, make, message) => {
    const found = thrown(() => new Model(make(), { inputShape: [3], batchSize: 1 }));
    expect(found).toContain(`ARGUMENT: ${message}`);
  });
});

it('a module is called by its class, a layer by its type', () => {
  expect([new Holder({}), new Sequential([]), new ReLU()].map(moduleType)).toEqual(['Holder', 'Sequential', 'ReLU']);
});

/** As in torchvision's resnet.py. */
class BasicBlock extends Module {
  conv1: Conv2d;
  bn1: BatchNorm2d;
  relu = new ReLU();
  downsample: Sequential | undefined;

  constructor(inChannels: number, channels: number) {
    super();
    this.conv1 = new Conv2d(inChannels, channels, 3, { padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(channels);
    if (inChannels !== channels)
      this.downsample = new Sequential([
        new Conv2d(inChannels, channels, 1, { bias: false }),
        new BatchNorm2d(channels),
      ]);
  }

  forward(x: Value): Value {
    const y = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    return add(y, this.downsample?.forward(x) ?? x);
  }
}

it('the state dict has the names of the paths, in PyTorch’s order', () => {
  const network = new Sequential({
    layer1: new Sequential([new BasicBlock(2, 2), new BasicBlock(2, 3)]),
    flatten: new Flatten(),
    fc: new Linear(3 * 4 * 4, 2),
  });
  const model = new Model(network, { inputShape: [2, 4, 4], batchSize: 1 });
  const norm = (path: string) =>
    ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map((key) => `${path}.${key}`);
  expect([...model.stateDict().keys()]).toEqual(
    [
      'layer1.0.conv1.weight',
      norm('layer1.0.bn1'),
      'layer1.1.conv1.weight',
      norm('layer1.1.bn1'),
      'layer1.1.downsample.0.weight',
      norm('layer1.1.downsample.1'),
      'fc.weight',
      'fc.bias',
    ].flat(),
  );
});

/** Twice the same Linear, which stands at two places, or two of them. */
class Twice extends Module {
  encoder: Linear;
  tied: { decoder: Linear };

  constructor(shared: boolean) {
    super();
    this.encoder = new Linear(4, 4);
    this.tied = { decoder: shared ? this.encoder : new Linear(4, 4) };
  }

  forward(x: Value): Value {
    return this.tied.decoder.forward(this.encoder.forward(x));
  }
}

describe('a module that stands at two places and is used twice', () => {
  const options = { inputShape: [4], batchSize: 3, shards: 2, inputGradient: true };
  const pass = (model: Model) => ({
    y: forward(model, values(12, 1)),
    dx: backward(model, values(12, 2)),
  });

  it('has both names in the state dict, with the same memory; parameters and gradients have the first name alone', () => {
    const model = new Model(new Twice(true), options);
    const state = model.stateDict();
    expect([...state.keys()]).toEqual(['encoder.weight', 'encoder.bias', 'tied.decoder.weight', 'tied.decoder.bias']);
    state.get('tied.decoder.weight')?.set(2, 3, 7);
    expect(state.get('encoder.weight')?.get(2, 3)).toBe(7);
    pass(model);
    for (const names of [model.parameters.map(({ name }) => name), [...model.gradients().keys()]])
      expect(names).toEqual(['encoder.weight', 'encoder.bias']);
  });

  it('gives what two modules of equal weights give, and as its gradient the float32 sum of theirs, to the bit', () => {
    const shared = new Model(new Twice(true), options);
    const apart = new Model(new Twice(false), options);
    apart.loadStateDict(shared.stateDict());
    expect(pass(shared)).toEqual(pass(apart));
    const gradients = apart.gradients();
    for (const [name, { data }] of shared.gradients()) {
      const [first, second] = [name, name.replace('encoder', 'tied.decoder')].map(
        (each) => gradients.get(each)?.data as Float32Array,
      );
      expect([...data]).toEqual([...first].map((value, i) => Math.fround(value + second[i])));
      expect(Math.max(...data.map(Math.abs))).toBeGreaterThan(0);
    }
  });

  it('loads a state dict of PyTorch, which has both names; one of them is enough, none is STATE_DICT, as two that differ', () => {
    const [source, target] = [1, 2].map((seed) => new Model(new Twice(true), { ...options, seed }));
    const state = new Map(source.stateDict());
    target.loadStateDict(state);
    expect(target.stateDict().get('encoder.weight')?.data).toEqual(source.stateDict().get('encoder.weight')?.data);
    state.delete('tied.decoder.bias');
    expect(thrown(() => target.loadStateDict(state))).toBe('nothing thrown');
    state.delete('encoder.bias');
    expect(thrown(() => target.loadStateDict(state))).toMatch(/^STATE_DICT: .*encoder\.bias is missing/);
    const apart = new Model(new Twice(false), options).stateDict();
    expect(thrown(() => target.loadStateDict(apart))).toMatch(
      /^STATE_DICT: .*tied\.decoder\.weight and encoder\.weight are one tensor of the model, and have different values/,
    );
  });
});
