import { describe, expect, it } from '@jest/globals';
import * as copy from '../../dist/index.js';
import { Module } from '../../src/graph/module.js';
import type { Value } from '../../src/graph/value.js';
import {
  AdaptiveAvgPool2d,
  add,
  Conv2d,
  concat,
  flatten,
  Linear,
  Model,
  mul,
  ReLU,
  relu,
  Sequential,
  type Shape,
  sigmoid,
  unflatten,
} from '../../src/index.js';
import { readGraph } from '../../src/network/readGraph.js';
import { trace } from '../../src/network/trace.js';
import { values } from '../support/kernelRoom.js';
import { forward } from '../support/passes.js';
import { written } from '../support/written.js';

const nodesOf = (network: Module, inputShape: Shape = [3]) => trace(network, inputShape).graph.nodes;
const namesOf = (network: Module, inputShape?: Shape) => nodesOf(network, inputShape).map(({ name }) => name);

describe('a traced network', () => {
  it('of a ResNet’s block is this record', () => {
    class Block extends Module {
      conv1 = new Conv2d(2, 2, 3, { padding: 1, bias: false });
      downsample: Sequential | undefined = undefined;

      forward(x: Value): Value {
        const y = relu(this.conv1.forward(x));
        return relu(add(this.conv1.forward(y), this.downsample?.forward(x) ?? x));
      }
    }
    const layer = {
      type: 'Conv2d',
      arguments: [2, 2, [3, 3], { stride: [1, 1], padding: [1, 1], bias: false }],
      module: '0.conv1',
    };
    const { graph } = trace(new Sequential([new Block()]), [2, 5, 5]);
    expect(graph).toEqual({
      version: 1,
      inputs: [{ name: 'input', shape: [2, 5, 5] }],
      nodes: [
        { ...layer, name: '0.conv1', inputs: ['input'] },
        { name: '0.relu', type: 'ReLU', arguments: [], inputs: ['0.conv1'] },
        { ...layer, name: '0.conv1_1', inputs: ['0.relu'] },
        { name: '0.add', type: 'Add', arguments: [], inputs: ['0.conv1_1', 'input'] },
        { name: '0.relu_1', type: 'ReLU', arguments: [], inputs: ['0.add'] },
      ],
      outputs: ['0.relu_1'],
      modules: [
        { path: '', type: 'Sequential' },
        { path: '0', type: 'Block' },
        { path: '0.conv1', type: 'Conv2d' },
      ],
    });
  });

  it('tells forward the shape of every value', () => {
    const shapes: Shape[] = [];
    const see = (x: Value) => {
      shapes.push(x.shape);
      return x;
    };
    const pool = new AdaptiveAvgPool2d(1);
    const network = written({ pool }, (x) => {
      const gate = see(sigmoid(see(pool.forward(see(x)))));
      return see(unflatten(see(flatten(see(concat([mul(x, gate), x])))), [4, 3, 4]));
    });
    trace(network, [2, 4, 3]);
    expect(shapes).toEqual([[2, 4, 3], [2, 1, 1], [2, 1, 1], [4, 4, 3], [48], [4, 3, 4]]);
  });

  it.each<[string, Module, string[]]>([
    ['functions of the network itself', written({}, (x) => relu(add(x, relu(x)))), ['relu', 'add', 'relu_1']],
    [
      'a function and a module of its name',
      new Sequential({ relu: new ReLU(), last: written({}, (x) => relu(relu(x))) }),
      ['relu', 'last.relu', 'last.relu_1'],
    ],
    [
      'a child that is called like a function’s node',
      new (class extends Module {
        relu = new ReLU();
        relu_1 = new ReLU();
        forward(x: Value): Value {
          return this.relu_1.forward(relu(this.relu.forward(relu(x))));
        }
      })(),
      ['relu_2', 'relu', 'relu_3', 'relu_1'],
    ],
    ['a child that is called input', new Sequential({ input: new ReLU(), input_1: new ReLU() }), ['input', 'input_1']],
    ['a layer alone', new Linear(3, 2), ['linear']],
    [
      'a module used three times, and its functions',
      (() => {
        const twice = written({}, (x) => relu(x));
        return written({ twice }, (x) => twice.forward(twice.forward(twice.forward(x))));
      })(),
      ['parts.twice.relu', 'parts.twice.relu_1', 'parts.twice.relu_2'],
    ],
  ])('names its nodes by paths and modules: %s', (_what, network, names) => {
    expect(namesOf(network)).toEqual(names);
    const { graph } = trace(network, [3]);
    expect(readGraph(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
  });

  it('leaves out what the output does not need, with the layers that are used nowhere else', () => {
    const [used, dead, never] = [new Linear(3, 3), new Linear(3, 4), new Linear(9, 9)];
    const network = written({ used, dead, never }, (x) => {
      relu(dead.forward(used.forward(x)));
      return used.forward(x);
    });
    expect(namesOf(network)).toEqual(['parts.used_1']);
    expect(trace(network, [3]).graph.modules.map(({ path }) => path)).toEqual(['', 'parts.used']);
    expect([...new Model(network, { inputShape: [3], batchSize: 1 }).stateDict().keys()]).toEqual([
      'parts.used.weight',
      'parts.used.bias',
    ]);
  });

  it('that returns its input has no node', () => {
    const network = written({}, (x) => x);
    expect(trace(network, [3]).graph).toMatchObject({ nodes: [], outputs: ['input'] });
    const model = new Model(network, { inputShape: [3], batchSize: 1 });
    expect([...forward(model, [[1, 2, 3]])]).toEqual([1, 2, 3]);
  });

  it('computes with a child called input what it does under another name', () => {
    const outputs = ['input', 'other'].map((name) => {
      const network = new Sequential({ first: new Linear(3, 3), [name]: new ReLU(), last: new Linear(3, 3) });
      return forward(new Model(network, { inputShape: [3], batchSize: 2 }), values(6));
    });
    expect(outputs[0]).toEqual(outputs[1]);
  });

  it('may be written with another copy of heddle, and mixed of two', () => {
    const theirs = new copy.Sequential([new copy.Linear(3, 3), new copy.ReLU()]);
    class Mixed extends copy.Module {
      theirs = theirs;
      ours = new Linear(3, 3);
      forward(x: Value): Value {
        return copy.add(relu(this.ours.forward(this.theirs.forward(x))), x);
      }
    }
    expect(namesOf(theirs)).toEqual(['0', '1']);
    expect(namesOf(new Mixed())).toEqual(['theirs.0', 'theirs.1', 'ours', 'relu', 'add']);
  });
});

describe('forward', () => {
  it('runs once when a model is built, and never again', () => {
    let runs = 0;
    const network = written({}, (x) => {
      runs++;
      return relu(x);
    });
    const model = new Model(network, { inputShape: [3], batchSize: 2 });
    for (let pass = 0; pass < 3; pass++) forward(model, values(6));
    model.predict(values(6));
    model.summary();
    expect(runs).toBe(1);
  });

  const own = () => {
    const network = written({}, (x) => relu(x));
    const replaced = Object.assign(
      written({}, (x) => x),
      { forward: (x: Value) => relu(x), last: 1 },
    );
    return { network, replaced };
  };

  it.each<[string, (module: Module) => Module]>([
    ['of the class', () => own().network],
    ['of the object itself', () => own().replaced],
    ['of a frozen module', () => Object.freeze(own().network)],
    ['of a frozen object itself', () => Object.freeze(own().replaced)],
    ['of a module that takes no more properties', () => Object.preventExtensions(own().network)],
  ])('%s leaves no trace on its module: own properties, their order and values are as before', (_what, make) => {
    const module = make(new ReLU());
    const before = Object.entries(Object.getOwnPropertyDescriptors(module));
    expect(nodesOf(new Sequential([module]))).toMatchObject([{ type: 'ReLU' }]);
    expect(Object.entries(Object.getOwnPropertyDescriptors(module))).toEqual(before);
  });

  it('that throws throws its own error, and leaves no trace either', () => {
    const error = new Error('mine');
    const module = written({}, () => {
      throw error;
    });
    const network = new Sequential({ a: written({}, (x) => x), b: module });
    expect(() => trace(network, [3])).toThrow(error);
    for (const each of [network, ...network.children.values()]) expect(Object.hasOwn(each, 'forward')).toBe(false);
  });

  it('of a module that is frozen gives its functions names without its path', () => {
    expect(namesOf(new Sequential({ a: Object.freeze(written({}, (x) => relu(x))) }))).toEqual(['relu']);
  });
});
