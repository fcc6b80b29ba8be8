import { describe, expect, it } from '@jest/globals';
import { Module } from '../../src/graph/module.js';
import type { Value } from '../../src/graph/value.js';
import {
  add,
  concat,
  Dropout,
  Flatten,
  Linear,
  Model,
  relu,
  Sequential,
  type Shape,
  unflatten,
} from '../../src/index.js';
import { trace } from '../../src/network/trace.js';
import { thrown } from '../support/thrown.js';
import { type Forward, Written, written } from '../support/written.js';

const nodesOf = (network: Module, inputShape: Shape = [3]) => trace(network, inputShape).graph.nodes;
const namesOf = (network: Module, inputShape?: Shape) => nodesOf(network, inputShape).map(({ name }) => name);
const refusal = (network: Module, inputShape: Shape = [3]) =>
  thrown(() => new Model(network, { inputShape, batchSize: 1 }));

describe('a network is refused, with ARGUMENT that names the module,', () => {
  let foreign: Value;
  trace(
    written({}, (x) => {
      foreign = x;
      return x;
    }),
    [3],
  );

  it.each<[string, Forward, RegExp]>([
    ['nothing', () => undefined, /found undefined/],
    ['a number', () => 3, /found 3/],
    ['a list of values', (x) => [x, x], /found a list of 2/],
    ['a promise', async (x) => x, /found an object of class Promise/],
    ['a value of another network', () => foreign, /found a value of another network/],
    ['what a function made of such a value', () => relu(foreign), /found a value of another network/],
  ])('whose forward returns %s', (_what, run, found) => {
    for (const [place, network] of [
      ["module 'block.0', Written", new Sequential({ block: new Sequential([new Written(run)]) })],
      ['the network, Written', new Written(run)],
      ['the network, Written', Object.freeze(new Written(run))],
    ] as const) {
      const message = refusal(network);
      expect(message).toContain(`ARGUMENT: ${place}: expected its forward to return a value`);
      expect(message).toMatch(found);
    }
  });

  const linear = new Linear(3, 3);
  it.each<[string, Forward, RegExp]>([
    ['a number to a layer', () => linear.forward(3 as never), /Linear: expected a value .*found 3.*new Model\(/],
    ['numbers to a layer', () => linear.forward([[1, 2, 3]] as never), /Linear: expected a value .*found a list of 1/],
    ['nothing to a layer', () => (linear.forward as () => Value)(), /expected a value .*found undefined/],
    ['a number to a function', (x) => add(x, 1 as never), /layer add, Add\(\): expected a value .*found 1/],
    [
      'values of two networks to a function',
      (x) => add(x, foreign),
      /layer add, Add\(\): .*a value of another network/,
    ],
    [
      'a value to concat',
      (x) => concat(x as never),
      /concat: expected a list of values, found an object of class Value/,
    ],
    ['nothing to unflatten', (x) => (unflatten as (x: Value) => Value)(x), /Unflatten: shape is missing/],
    ['two values to a layer of one', (x) => linear.forward(x, x), /Linear\(.*: takes 1 value, found 2/],
    [
      'one value to add',
      (x) => (add as (x: Value) => Value)(x),
      /layer add, Add\(\): expected a value .*found undefined/,
    ],
    ['no values to concat', () => concat([]), /Concat: expected a value .*found undefined/],
  ])('whose forward gives %s', (_what, run, message) => {
    expect(refusal(new Written(run, { linear }))).toMatch(/^ARGUMENT: /);
    expect(refusal(new Written(run, { linear }))).toMatch(message);
  });

  it('whose forward makes a layer that has parameters; one without is a function', () => {
    expect(refusal(written({}, (x) => new Linear(3, 3).forward(x)))).toMatch(
      /^ARGUMENT: a Linear that a forward makes has parameters.*make it a property/,
    );
    expect(namesOf(written({}, (x) => new Dropout(0.1).forward(new Flatten().forward(x))))).toEqual([
      'flatten',
      'dropout',
    ]);
  });

  it('that is a class, or no module', () => {
    for (const network of [Written, {}, () => {}, 'x'])
      expect(thrown(() => new Model(network as never, { inputShape: [3], batchSize: 1 }))).toMatch(
        /^ARGUMENT: network must be a module/,
      );
  });
});

describe('what does not fit is refused with SHAPE, by the path of its layer, with the shape that it got and the one it wants:', () => {
  it.each<[string, () => Module, readonly string[]]>([
    [
      'a layer of a module in a list',
      () =>
        new (class extends Module {
          blocks = [{ fc: new Linear(3, 5) }, { fc: new Linear(4, 2) }];
          forward(x: Value): Value {
            return this.blocks.reduce((value, { fc }) => fc.forward(value), x);
          }
        })(),
      ['layer blocks.1.fc, Linear(', '[5]', '[4]'],
    ],
    [
      'a module’s second use',
      () => {
        const fc = new Linear(3, 5);
        return written({ fc }, (x) => fc.forward(relu(fc.forward(x))));
      },
      ['layer parts.fc_1, Linear(', '[5]', '[3]'],
    ],
    [
      'a sum in a module',
      () => {
        const fc = new Linear(3, 5);
        return new Sequential({ block: written({ fc }, (x) => add(fc.forward(x), x)) });
      },
      ['layer block.add, Add()', '[5]', '[3]'],
    ],
    [
      'an image that concat wants',
      () => written({}, (x) => concat([x, unflatten(x, [3, 1, 1])])),
      ['layer concat', '[3]', '[3, 1, 1]'],
    ],
  ])('%s', (_what, make, parts) => {
    const message = refusal(make());
    for (const part of ['SHAPE: ', ...parts]) expect(message).toContain(part);
  });
});
