import { describe, expect, it } from '@jest/globals';
import { fashionNet, fashionNetInput } from '../../src/fashionMnist/network.js';
import type { Graph } from '../../src/graph/graph.js';
import { Module } from '../../src/graph/module.js';
import type { Value } from '../../src/graph/value.js';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { add, concat, mul, relu } from '../../src/layers/functions.js';
import { Layer } from '../../src/layers/layer.js';
import { Linear } from '../../src/layers/linear.js';
import { MaxPool2d } from '../../src/layers/maxPool2d.js';
import { registerLayer } from '../../src/layers/registry.js';
import { ReLU } from '../../src/layers/relu.js';
import { Model } from '../../src/network/model.js';
import { readGraph } from '../../src/network/readGraph.js';
import { Sequential } from '../../src/network/sequential.js';
import { trace } from '../../src/network/trace.js';
import type { Shape } from '../../src/tensor/shape.js';
import { values } from '../support/kernelRoom.js';
import { backward, forward } from '../support/passes.js';
import { thrown } from '../support/thrown.js';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A module at two places, one that is used twice, and functions on values. */
class Block extends Module {
  convolution = new Conv2d(4, 4, 3, { padding: 1 });
  norm = new BatchNorm2d(4);
  same = this.norm;
  squeeze = new Conv2d(8, 4, 1);

  forward(x: Value): Value {
    const y = this.norm.forward(this.convolution.forward(relu(this.convolution.forward(x))));
    return mul(this.squeeze.forward(concat([x, y])), add(x, y));
  }
}

/** A layer of a user's own that hands on its input. */
class Labelled extends Layer {
  readonly type = 'Labelled';
  constructor(readonly options: { readonly words: readonly string[]; readonly rate: number | null }) {
    super();
  }
  arguments = () => [this.options];
  describe = () => `Labelled(rate=${this.options.rate})`;
  override outputShape = (input: Shape) => input;
  plan = (output: Parameters<Layer['plan']>[0]) => ({ output, forward: [], backward: [] });
}
registerLayer('Labelled', Labelled);

describe('readGraph', () => {
  it.each<[string, Module, Shape]>([
    ['the specified network', fashionNet(), fashionNetInput],
    ['a block with shared modules and functions on values', new Sequential([new Block(), new Block()]), [4, 5, 6]],
    ['a layer alone', new Linear(3, 2), [3]],
    ['no layer', new Sequential([]), [3]],
    ['a layer of one’s own', new Labelled({ words: ['a', 'é'], rate: null }), [2, 3, 3]],
  ])('gives the graph that went through JSON: %s', (_what, network, inputShape) => {
    const { graph } = trace(network, inputShape);
    expect(readGraph(throughJson(graph))).toEqual(graph);
    expect(readGraph(graph)).toEqual(graph);
  });

  it('gives a network with the same state dict, and bits forward and backward, as the modules', () => {
    const options = { inputShape: [4, 5, 6], batchSize: 3, inputGradient: true };
    const written = new Model(new Block(), options);
    const read = new Model(readGraph(throughJson(written.graph)), options);
    expect([...read.stateDict().keys()]).toEqual([...written.stateDict().keys()]);
    const [expected, found] = [written, read].map((model) => ({
      output: forward(model, values(360, 1)),
      inputGradient: backward(model, values(360, 2)),
      gradients: [...model.gradients()].map(([name, { data }]) => [name, data]),
    }));
    expect(found).toEqual(expected);
  });

  it('takes 10,000 nodes, and arguments 32 deep', () => {
    const nodes = Array.from({ length: 10_000 }, (_, i) => ({
      name: `relu_${i}`,
      type: 'ReLU',
      arguments: [],
      inputs: [i === 0 ? 'input' : `relu_${i - 1}`],
    }));
    expect(readGraph({ ...plain, nodes, outputs: ['relu_9999'], modules: [root] }).nodes).toHaveLength(10_000);
    const deep = deepList(29);
    expect(readGraph(ofLayer('Labelled', { words: deep, rate: null })).nodes[0].arguments).toEqual([
      { words: deep, rate: null },
    ]);
  });
});

/** Of one node, input → relu. */
const plain = { ...trace(new Sequential({ relu: new ReLU() }), [3]).graph, inputs: [{ name: 'input', shape: [3] }] };
const [node] = plain.nodes;
const [root, child] = plain.modules;

const withNode = (changes: object) => ({ ...plain, nodes: [{ ...node, ...changes }] });
const ofLayer = (type: string, ...settings: unknown[]) => withNode({ type, arguments: settings });
const withModules = (...modules: unknown[]) => ({ ...plain, modules });
const without = <T extends object>(record: T, key: keyof T) =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
const convolution = (options: unknown, size: unknown = [3, 3]) => ofLayer('Conv2d', 1, 1, size, options);
const right = { stride: [1, 1], padding: [0, 0], bias: true };

function deepList(depth: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

describe('readGraph refuses, with ARGUMENT that says where and what it found,', () => {
  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /the graph: expected an object .*found undefined/],
    ['null', null, /found null/],
    ['a text', 'graph', /found 'graph'/],
    ['a list', [], /found a list of 0/],
    ['an empty object', {}, /the graph, version: .*found undefined/],
    ['a field too many', { ...plain, weights: [] }, /an object with version, inputs, nodes, outputs, modules; found/],
    ['__proto__ as a field', JSON.parse(JSON.stringify(plain).replace('{', '{"__proto__":{},')), /an object with/],
    ['another version', { ...plain, version: 2 }, /the graph, version: expected version 1, .*; found 2/],
    ['a version that is a text', { ...plain, version: '1' }, /found '1'/],
    ['inputs as an object', { ...plain, inputs: {} }, /the graph, inputs: expected a list/],
    [
      'a node of one input with two',
      withNode({ inputs: ['input', 'input'] }),
      /layer relu, ReLU\(\): takes 1 value, found 2/,
    ],
    ['a sum of one value', ofLayer('Add'), /Add\(\): takes 2 values, found 1/],
    ['no inputs', { ...plain, inputs: [] }, /one input and one output; found 0 and 1/],
    ['two inputs', { ...plain, inputs: [plain.inputs[0], { name: 'mask', shape: [3] }] }, /found 2 and 1/],
    ['no outputs', { ...plain, outputs: [] }, /found 1 and 0/],
    ['an output that is a number', { ...plain, outputs: [0] }, /an output: expected a text; found 0/],
    ['an output that no node gives', { ...plain, outputs: ['toString'] }, /the output of a node; found 'toString'/],
    [
      'an input of two axes',
      { ...plain, inputs: [{ name: 'input', shape: [3, 3] }] },
      /input 0, shape: .*one or three/,
    ],
    ['an input of half a feature', { ...plain, inputs: [{ name: 'input', shape: [0.5] }] }, /input 0, shape/],
    ['an input without features', { ...plain, inputs: [{ name: 'input', shape: [0] }] }, /input 0, shape/],
    ['an input of 2^53', { ...plain, inputs: [{ name: 'input', shape: [2 ** 53] }] }, /input 0, shape/],
    ['an input whose shape is a text', { ...plain, inputs: [{ name: 'input', shape: '3' }] }, /input 0, shape: .*'3'/],
    ['a node that is null', { ...plain, nodes: [null] }, /node 0: expected an object .*found null/],
    ['a node without a name', { ...plain, nodes: [without(node, 'name')] }, /node 0, name: expected a text/],
    ['a node without inputs', withNode({ inputs: [] }), /node 'relu': expected at least one input; found none/],
    ['a node with a number as input', withNode({ inputs: [0] }), /node 0, inputs: expected a list of texts/],
    ['a node with more than a graph has', withNode({ code: 'x' }), /node 0: expected an object with name, type/],
    ['arguments as an object', withNode({ arguments: {} }), /node 0, arguments: expected a list/],
    ['a node that takes what it gives', withNode({ inputs: ['relu'] }), /node 'relu': expected inputs before it/],
    [
      'nodes in a circle',
      {
        ...plain,
        nodes: [
          { ...node, name: 'a', inputs: ['b'] },
          { ...node, name: 'b', inputs: ['a'] },
        ],
        outputs: ['b'],
      },
      /node 'a': expected inputs before it; found 'b'/,
    ],
    ['a node by the name of the input', withNode({ name: 'input' }), /node 'input': expected each name once/],
    ['two nodes of one name', { ...plain, nodes: [node, node] }, /node 'relu': expected each name once/],
    [
      'a module that is none',
      withNode({ module: 'gone' }),
      /node 'relu': expected the first path to a module .*; found 'gone'/,
    ],
    ['a module named like a property of objects', withNode({ module: 'constructor' }), /found 'constructor'/],
    [
      'two layers in one module',
      { ...plain, nodes: [node, { ...node, name: 'other', type: 'Flatten' }], outputs: ['other'] },
      /node 'other': expected the layer of module 'relu'/,
    ],
    ['a module as a text', withModules('relu'), /module 0: expected an object with path, type/],
    ['a path twice', withModules(root, child, child), /module 'relu': expected each path once/],
    ['a module that is itself', withModules(root, { ...child, sameAs: 'relu' }), /module 'relu': .*sameAs.*'relu'/],
    ['a module that is a later one', withModules({ ...root, sameAs: 'relu' }, child), /module '': .*sameAs.*'relu'/],
    [
      'modules that are each other',
      withModules(root, child, { path: 'a', type: 'ReLU', sameAs: 'b' }, { path: 'b', type: 'ReLU', sameAs: 'a' }),
      /module 'a': .*sameAs.*'b'/,
    ],
    [
      'a module that is one that is another',
      withModules(root, child, { ...child, path: 'a', sameAs: 'relu' }, { ...child, path: 'b', sameAs: 'a' }),
      /module 'b': .*sameAs.*'a'/,
    ],
    [
      'a node of another path to its module',
      { ...withNode({ module: 'a' }), modules: [root, child, { ...child, path: 'a', sameAs: 'relu' }] },
      /node 'relu': expected the first path to a module of the graph; found 'a'/,
    ],
    ['10,001 modules', withModules(...Array(10_001).fill(root)), /modules: expected a list of at most 10000/],
    ['10,001 nodes', { ...plain, nodes: Array(10_001).fill(node) }, /nodes: expected a list of at most 10000/],
    ['an unknown layer', ofLayer('toString'), /no layer of type 'toString'/],
    ['a container as a layer', ofLayer('Sequential', []), /no layer of type 'Sequential'/],
    ['an argument too many', ofLayer('ReLU', 1), /ReLU: there is an argument too many, 1/],
    ['an argument too few', ofLayer('Dropout'), /Dropout with arguments like \[0\.5\]/],
    ['null for options', convolution(null), /Conv2d: expected an object of options, found null/],
    ['options left out', convolution({ stride: [1, 1] }), /Conv2d with arguments like/],
    ['an unknown option', convolution({ ...right, dilate: 2 }), /Conv2d has no option 'dilate'; .* are stride/],
    [
      'padding of 2^53 - 1',
      convolution({ ...right, padding: [2 ** 53 - 1, 0] }),
      /Conv2d padding must be a whole number/,
    ],
    ['a text for a boolean', convolution({ ...right, bias: 'no' }), /Conv2d bias must be true or false, not 'no'/],
    ['null for a size', convolution(right, null), /Conv2d kernelSize must be/],
    ['three sizes', convolution(right, [3, 3, 3]), /Conv2d kernelSize must be/],
    ['a list for a number', ofLayer('Linear', [1], 1, { bias: true }), /Linear inFeatures.*not a list of 1/],
    ['a text for a number', ofLayer('Dropout', '0.5'), /Dropout p must be from 0 to 1, not '0.5'/],
    ['2^53 features', ofLayer('Linear', 2 ** 53, 1, { bias: true }), /Linear inFeatures/],
    ['100,000 lists one in the other', ofLayer('Dropout', deepList(100_000)), /node 0, arguments: .* at most 32 deep/],
  ])('%s', (_title, graph, message) => {
    const error = thrown(() => readGraph(graph));
    expect(error).toMatch(/^ARGUMENT: /);
    expect(error).toMatch(message);
    expect(error).not.toContain('\n');
    expect(error.length).toBeLessThan(500);
  });

  it('a layer of one’s own whose constructor throws null, by its type', () => {
    class Throwing {
      constructor() {
        throw null;
      }
    }
    registerLayer('Throwing', Throwing as never);
    expect(thrown(() => readGraph(ofLayer('Throwing')))).toMatch(
      /^ARGUMENT: .*expected the arguments of a Throwing, found others \(null was thrown\)/,
    );
  });
});

describe('readGraph of a layer that does not take its inputs: SHAPE names the node, what it got and what it wants', () => {
  it.each<[string, object, readonly string[]]>([
    ['features', ofLayer('Linear', 4, 2, { bias: true }), ['layer relu', 'Linear(', '[3]', '[4]']],
    ['images', ofLayer('MaxPool2d', ...new MaxPool2d(2).arguments()), ['layer relu', 'MaxPool2d(', '[3]', 'height']],
  ])('%s', (_title, graph, parts) => {
    const error = thrown(() => readGraph(graph));
    for (const part of ['SHAPE: ', ...parts]) expect(error).toContain(part);
  });
});

describe('a Model of a graph with huge sizes', () => {
  const graphOf = (type: string, settings: readonly unknown[], shape: Shape): Graph => ({
    version: 1,
    inputs: [{ name: 'input', shape }],
    nodes: [{ name: 'layer', type, arguments: settings, inputs: ['input'], module: 'layer' }],
    outputs: ['layer'],
    modules: [root, { path: 'layer', type }],
  });

  it.each<[string, Graph]>([
    ['Conv2d(1e9, 1e9)', graphOf('Conv2d', [1e9, 1e9, [3, 3], right], [1e9, 3, 3])],
    ['Conv2d(1, 1e9) on one pixel', graphOf('Conv2d', [1, 1e9, [1, 1], right], [1, 1, 1])],
    [
      'Conv2d with padding 2^24',
      graphOf('Conv2d', [1, 1, [1, 1], { ...right, padding: [2 ** 24, 2 ** 24] }], [1, 1, 1]),
    ],
    [
      'Conv2d with a kernel of 1e7×1e7',
      graphOf('Conv2d', [1, 1, [1e7, 1e7], { ...right, padding: [5e6, 5e6] }], [1, 1, 1]),
    ],
    ['Linear(1, 2^53 - 1)', graphOf('Linear', [1, 2 ** 53 - 1, { bias: true }], [1])],
    ['Linear(1, 1e9)', graphOf('Linear', [1, 1e9, { bias: false }], [1])],
  ])('%s: MEMORY, with peak memory growing by less than 64 MiB', (_title, graph) => {
    const read = readGraph(throughJson(graph));
    const before = process.resourceUsage().maxRSS;
    expect(thrown(() => new Model(read, { batchSize: 1 } as never))).toMatch(/^MEMORY: /);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024);
  });

  it('AdaptiveAvgPool2d([2000, 2000]) twice, batch 160: MEMORY, with peak memory growing by less than 64 MiB', () => {
    const graph = graphOf('AdaptiveAvgPool2d', [[2000, 2000]], [1, 1, 1]);
    const [pool] = graph.nodes;
    const twice = { ...graph, nodes: [pool, { ...pool, name: 'again', inputs: ['layer'] }], outputs: ['again'] };
    const read = readGraph(throughJson(twice));
    const before = process.resourceUsage().maxRSS;
    expect(thrown(() => new Model(read, { batchSize: 160 } as never))).toMatch(/^MEMORY: /);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024);
  });
});
