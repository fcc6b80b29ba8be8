import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { fashionNet, fashionNetInput } from '../../src/fashionMnist/network.js';
import { Module } from '../../src/graph/module.js';
import type { Value } from '../../src/graph/value.js';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Flatten } from '../../src/layers/flatten.js';
import { add, concat, relu } from '../../src/layers/functions.js';
import { type Activation, Layer, type LayerPlan } from '../../src/layers/layer.js';
import { Linear } from '../../src/layers/linear.js';
import { registerLayer } from '../../src/layers/registry.js';
import { ReLU } from '../../src/layers/relu.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import type { Shape } from '../../src/tensor/shape.js';

/** A layer that does nothing and prints itself as it is told. */
class Printed extends Layer {
  readonly type = 'Printed';
  constructor(readonly text: string) {
    super();
  }
  arguments = () => [this.text];
  describe = () => this.text;
  override outputShape = (input: Shape) => input;
  plan = (output: Activation): LayerPlan => ({ output, forward: [], backward: [] });
}

/** Functions on values, and a module that is used twice and stands at two places. */
class Block extends Module {
  conv1 = new Conv2d(4, 4, 3, { padding: 1, bias: false });
  norms = [new BatchNorm2d(4)];
  heads = { squeeze: new Conv2d(8, 4, 1), again: this.conv1 };

  forward(x: Value): Value {
    const y = relu(this.norms[0].forward(this.conv1.forward(this.conv1.forward(x))));
    return add(this.heads.squeeze.forward(concat([x, y])), x);
  }
}

/** In Sequentials one in the other. */
function nested(network: Sequential, depth: number): Sequential {
  return depth === 0 ? network : nested(new Sequential({ [`level${depth}`]: network }), depth - 1);
}

const long = 'aNameThatGoesOnAndOnAndOnUntilThereIsNoRoomLeftForAnyThingElseInAllOfTheEightyColumns';
const networks: [string, Sequential, Shape][] = [
  ['fashionNet', fashionNet(), fashionNetInput],
  ['millions of parameters', new Sequential([new Flatten(), new Linear(1024, 1000)]), [4, 16, 16]],
  ['names without end', new Sequential({ [long]: new Conv2d(1, 8, 3), [`${long}s`]: new ReLU() }), [1, 5, 5]],
  ['31 Sequentials', nested(new Sequential({ [long]: new Conv2d(1, 8, 3, { padding: 1 }) }), 31), [1, 5, 5]],
  ['a layer of words', new Sequential([new Printed(`Words(${'to be or not to be, '.repeat(30)})`)]), [1, 5, 5]],
  ['a layer of one word', new Sequential([new Printed('x'.repeat(500))]), [1, 5, 5]],
  ['a layer of lines', new Sequential([new Printed(`Block(\n  (a): ReLU()\n  (b): ${'y '.repeat(60)}\n)`)]), [1, 5, 5]],
  ['a layer of nothing', new Sequential([new Printed('')]), [1, 5, 5]],
];

describe('the summary', () => {
  it.each(networks)('fits 80 columns and keeps every letter, shape and number: %s', (_, network, inputShape) => {
    const model = new Model(network, { inputShape, batchSize: 1, shards: 1 });
    const lines = model.summary().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const column = lines[0].indexOf('output shape');
    const letters = lines
      .map((line) => line.slice(0, column))
      .join('')
      .replaceAll(/\s/g, '');
    const { layers, shapes: shapesOfValues } = model;
    const rows = model.graph.nodes.map(({ name }) => ({
      text: `(${name.split('.').at(-1)}): ${layers.get(name)?.describe()}`,
      shape: `[${shapesOfValues.get(name)?.join(', ')}]`,
    }));
    for (const { text } of rows) expect(letters).toContain(text.replaceAll(/\s/g, ''));
    const shapes = lines.flatMap((line) => line.slice(column).match(/^\[.*?\]/) ?? []);
    expect(shapes).toEqual(rows.map((row) => row.shape));
    const total = model.parameters.reduce((sum, { data }) => sum + data.length, 0);
    expect(lines.at(-1)?.slice(1).trim()).toBe(total === 0 ? '' : total.toLocaleString('en-US'));
  });

  it('is what a model is printed as', () => {
    const model = new Model(new Sequential([new ReLU()]), { inputShape: [4], batchSize: 1 });
    expect([String(model), inspect({ model })]).toEqual([model.summary(), expect.stringContaining('(0): ReLU()')]);
  });

  it('breaks a line before an argument, and stands deeper there', () => {
    const model = new Model(new Sequential([new BatchNorm2d(4), new ReLU()]), { inputShape: [4, 5, 5], batchSize: 1 });
    expect(model.summary().split('\n').slice(1, 4)).toEqual([
      '  (0): BatchNorm2d(4, eps=1e-05, momentum=0.1,  [4, 5, 5]              8',
      '      affine=True, track_running_stats=True)',
      '  (1): ReLU()                                   [4, 5, 5]',
    ]);
  });

  it('shows modules by their paths, a shared one at each, and functions on values where their module ends', () => {
    const network = new Sequential({ stem: new Conv2d(1, 4, 1), block: new Block() });
    const model = new Model(network, { inputShape: [1, 6, 5], batchSize: 1 });
    expect(model.summary().split('\n')).toEqual([
      'Sequential(                                             output shape  parameters',
      '  (stem): Conv2d(1, 4, kernel_size=(1, 1),              [4, 6, 5]              8',
      '      stride=(1, 1))',
      '  (block): Block(',
      '    (conv1): Conv2d(4, 4, kernel_size=(3, 3),           [4, 6, 5]            144',
      '        stride=(1, 1), padding=(1, 1), bias=False)',
      '    (norms.0): BatchNorm2d(4, eps=1e-05, momentum=0.1,  [4, 6, 5]              8',
      '        affine=True, track_running_stats=True)',
      '    (heads.squeeze): Conv2d(8, 4, kernel_size=(1, 1),   [4, 6, 5]             36',
      '        stride=(1, 1))',
      '    (heads.again): Conv2d(4, 4, kernel_size=(3, 3),     [4, 6, 5]',
      '        stride=(1, 1), padding=(1, 1), bias=False)',
      '    (relu): ReLU()                                      [4, 6, 5]',
      '    (concat): Concat()                                  [8, 6, 5]',
      '    (add): Add()                                        [4, 6, 5]',
      '  )',
      ')                                                                            196',
    ]);
  });

  it('escapes what is unprintable in types, names and layers’ texts, which keep their own lines', () => {
    const inner = new Sequential({ 'b\u009bc\n': new Printed('One(\n  \u001b[2J\u202e\u0007\n)') });
    const { graph } = new Model(new Sequential({ a: inner }), { inputShape: [3], batchSize: 1 });
    const modules = graph.modules.map((module) =>
      module.path === 'a' ? { ...module, type: 'T\u001b[31m\n' } : module,
    );
    registerLayer('Printed', Printed);
    const lines = new Model({ ...graph, modules }, { inputShape: [3], batchSize: 1 }).summary().split('\n');
    expect(lines.map((line) => line.replace(/ {2,}\[3\]| {2,}output.*/, ''))).toEqual([
      'Sequential(',
      '  (a): T\\u001b[31m\\n(',
      '    (b\\u009bc\\n): One(',
      '          \\u001b[2J\\u202e\\u0007',
      '        )',
      '  )',
      ')',
    ]);
  });

  it('of a layer alone has its row', () => {
    const model = new Model(new Linear(3, 2), { inputShape: [3], batchSize: 1 });
    expect(model.summary().split('\n')).toEqual([
      '                                                  output shape  parameters',
      'Linear(in_features=3, out_features=2, bias=True)  [2]                    8',
    ]);
  });
});
