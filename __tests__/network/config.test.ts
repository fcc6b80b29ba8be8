import { describe, expect, it } from '@jest/globals';
import { fashionNet } from '../../src/fashionMnist/network.js';
import { registerLayer } from '../../src/layers/registry.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { thrown } from '../support/thrown.js';

const sequential = (...children: unknown[]) => ({
  type: 'Sequential',
  children: children.map((child, i) => [String(i), child]),
});
const layer = (type: string, ...values: unknown[]) => ({ type, arguments: values });
const relu = layer('ReLU');
const named = (...names: unknown[]) => ({ type: 'Sequential', children: names.map((name) => [name, relu]) });

function nested(depth: number): unknown {
  let config: unknown = relu;
  for (let i = 0; i < depth; i++) config = sequential(config);
  return config;
}

describe('Sequential.fromConfig', () => {
  it('makes the network again that toConfig described, through JSON', () => {
    const config = JSON.parse(JSON.stringify(fashionNet().toConfig()));
    expect(Sequential.fromConfig(config).toConfig()).toEqual(config);
  });

  it('takes 32 Sequentials one in the other and 1,024 layers', () => {
    expect(Sequential.fromConfig(nested(32)).layers()).toHaveLength(1);
    expect(Sequential.fromConfig(sequential(...Array(1024).fill(relu))).layers()).toHaveLength(1024);
  });

  const convolution = (options: unknown, size: unknown = [3, 3]) => sequential(layer('Conv2d', 1, 1, size, options));
  const right = { stride: [1, 1], padding: [0, 0], bias: true };

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /'network': expected an object with a type, found undefined/],
    ['null', null, /found null/],
    ['a text', 'Sequential', /found 'Sequential'/],
    ['a list', [], /found a list of 0/],
    ['a type that is no text', { type: ['ReLU'], arguments: [] }, /an object with a type/],
    ['a layer alone', relu, /expected a Sequential, found ReLU/],
    ['a layer with children', { type: 'ReLU', children: [] }, /type and a list of arguments/],
    [
      'a Sequential with arguments too',
      { type: 'Sequential', children: [], arguments: [] },
      /type and a list of children/,
    ],
    ['children as an object', { type: 'Sequential', children: {} }, /type and a list of children/],
    ['a child without a name', { type: 'Sequential', children: [relu] }, /pairs/],
    ['a child of three parts', { type: 'Sequential', children: [['0', relu, relu]] }, /pairs/],
    ['a number as a name', named(0), /pairs/],
    ['a name twice', named('a', 'a'), /each name once, found 'a'/],
    ['__proto__ as a name', named('__proto__'), /'__proto__'/],
    ['a dot in a name', named('a.b'), /'a\.b'/],
    ['numbers out of order', named('1', '0'), /'0'; for numbers give a list/],
    [
      'an unknown layer, by its place',
      sequential(relu, sequential(layer('toString'))),
      /'network\.1\.0': no layer of type 'toString'/,
    ],
    ['an argument too many', sequential(layer('ReLU', 1)), /'network\.0': ReLU: there is an argument too many, 1/],
    ['an argument too few', sequential(layer('Dropout')), /Dropout with arguments like \[0\.5\]/],
    ['null for options', convolution(null), /'network\.0': Conv2d: expected an object of options, found null/],
    ['options left out', convolution({ stride: [1, 1] }), /Conv2d with arguments like/],
    [
      'an unknown option',
      convolution({ ...right, dilation: 2 }),
      /Conv2d has no option 'dilation'; its options are stride/,
    ],
    ['a text for a boolean', convolution({ ...right, bias: 'no' }), /Conv2d bias must be true or false, not 'no'/],
    ['null for a size', convolution(right, null), /Conv2d kernelSize must be/],
    ['three sizes', convolution(right, [3, 3, 3]), /Conv2d kernelSize must be/],
    ['a list for a number', sequential(layer('Linear', [1], 1, { bias: true })), /Linear inFeatures.*not a list of 1/],
    ['a text for a number', sequential(layer('Dropout', '0.5')), /Dropout p must be from 0 to 1, not '0.5'/],
    ['2^53 features', sequential(layer('Linear', 2 ** 53, 1, { bias: true })), /Linear inFeatures/],
    ['33 Sequentials one in the other', nested(33), /at most 32 Sequentials/],
    ['100,000 Sequentials one in the other', nested(100_000), /at most 32 Sequentials/],
    ['1,025 layers', sequential(...Array(1025).fill(relu)), /at most 1024 layers, found 1025/],
  ])('refuses %s: ARGUMENT', (_title, config, message) => {
    const error = thrown(() => Sequential.fromConfig(config));
    expect(error).toMatch(/^ARGUMENT: network configuration/);
    expect(error).toMatch(message);
    expect(error.length).toBeLessThan(500);
  });
});

it('a layer of your own whose constructor throws null is refused with ARGUMENT that names its type', () => {
  class Throwing {
    constructor() {
      throw null;
    }
  }
  registerLayer('Throwing', Throwing as never);
  expect(thrown(() => Sequential.fromConfig(sequential(layer('Throwing'))))).toMatch(
    /^ARGUMENT: .*expected the arguments of a Throwing, found others \(null was thrown\)/,
  );
});

describe('a Model of a configuration with huge sizes', () => {
  const options = { stride: [1, 1], padding: [0, 0], bias: true };
  it.each<[string, unknown, number[]]>([
    ['Conv2d(1e9, 1e9)', layer('Conv2d', 1e9, 1e9, [3, 3], options), [1e9, 3, 3]],
    ['Conv2d(1, 1e9) on one pixel', layer('Conv2d', 1, 1e9, [1, 1], options), [1, 1, 1]],
    [
      'Conv2d with padding 2^53 - 1',
      layer('Conv2d', 1, 1, [1, 1], { ...options, padding: [2 ** 53 - 1, 0] }),
      [1, 1, 1],
    ],
    [
      'Conv2d with a kernel of 1e9×1e9',
      layer('Conv2d', 1, 1, [1e9, 1e9], { ...options, padding: [5e8, 5e8] }),
      [1, 1, 1],
    ],
    ['Linear(1, 2^53 - 1)', layer('Linear', 1, 2 ** 53 - 1, { bias: true }), [1]],
    ['Linear(1, 1e9)', layer('Linear', 1, 1e9, { bias: false }), [1]],
  ])('%s: MEMORY, with peak memory growing by less than 64 MiB', (_title, config, inputShape) => {
    const network = Sequential.fromConfig(sequential(config));
    const before = process.resourceUsage().maxRSS;
    expect(thrown(() => new Model(network, { inputShape, batchSize: 1 }))).toMatch(/^MEMORY: /);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024);
  });
});
