import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { rowMajor, type TensorSource, type TensorView } from '../../src/tensor/view.js';
import { forward } from '../support/passes.js';
import { bits, build, buildShared, changed, count } from '../support/stateDicts.js';
import { stateValues } from '../support/stateValues.js';
import { thrown } from '../support/thrown.js';

describe('loadStateDict', () => {
  it('takes another model’s values to the bit, special ones too, and the counter', () => {
    const [from, to] = [build(1), build(2)];
    forward(from, new Float32Array(48).map(Math.cos));
    const mean = from.stateDict().get('features.1.running_mean')?.data as Float32Array;
    mean.set([-0, Infinity, 1e-45]);
    expect(bits(to)).not.toEqual(bits(from));
    to.loadStateDict(from.stateDict());
    expect(bits(to)).toEqual(bits(from));
    expect(bits(to).get('features.1.num_batches_tracked')).toEqual([1n]);
  });

  it('takes arrays in row-major order and ndarrays with strides and an offset alike', () => {
    const [plain, strided] = [build(), build()];
    const values = count(45);
    // The same 5×9 matrix, stored column by column behind three other numbers.
    const turned = new Float32Array(48).fill(-1);
    for (let o = 0; o < 5; o++) for (let i = 0; i < 9; i++) turned[3 + i * 5 + o] = values[9 * o + i];
    plain.loadStateDict(changed(plain, [['head.1.weight', { shape: [5, 9], data: values }]]));
    strided.loadStateDict(changed(strided, [['head.1.weight', ndarray(turned, [5, 9], [1, 5], 3)]]));
    expect(bits(strided)).toEqual(bits(plain));
    expect(plain.stateDict().get('head.1.weight')?.get(2, 7)).toBe(25);
  });

  it('takes num_batches_tracked as a number or as a 64-bit integer', () => {
    const model = build();
    for (const data of [[7], new BigInt64Array([7n])]) {
      model.loadStateDict(changed(model, [['features.1.num_batches_tracked', { shape: [], data }]]));
      expect(stateValues(model, 'features.1.num_batches_tracked')).toEqual([7]);
    }
  });

  it.each([1.5, Number.NaN])('refuses num_batches_tracked %d with STATE_DICT and copies nothing', (value) => {
    const model = build();
    const before = bits(model);
    const state = changed(build(1), [['features.1.num_batches_tracked', { shape: [], data: [value] }]]);
    expect(() => model.loadStateDict(state)).toThrow(/num_batches_tracked must be a whole number/);
    expect(bits(model)).toEqual(before);
  });

  it('names all that is missing, unexpected, of another shape or too short in one STATE_DICT error, and copies nothing', () => {
    const model = build();
    const before = bits(model);
    const state = changed(
      build(1),
      [
        ['head.1.bias', { shape: [5], data: count(5) }],
        ['features.0.weight', { shape: [3, 2, 4, 2], data: count(48) }],
        ['head.1.weight', { shape: [5, 9], data: count(44) }],
      ],
      ['features.0.bias', 'features.1.running_var'],
    );
    const message = thrown(() => model.loadStateDict(state));
    expect(message).toMatch(/^STATE_DICT: /);
    for (const part of [
      'features.0.bias is missing',
      'features.1.running_var is missing',
      'head.1.bias is unexpected',
      'features.0.weight has shape [3, 2, 4, 2]',
      '[3, 2, 2, 4]',
      'head.1.weight has 44 elements',
    ])
      expect(message).toContain(part);
    expect(bits(model)).toEqual(before);
  });

  it.each<[string, number[]]>([
    ['fewer axes', [3, 16]],
    ['more axes', [3, 2, 2, 4, 1]],
    ['another length', [3, 2, 2, 3]],
  ])('refuses a tensor with %s', (_what, shape) => {
    const model = build();
    const state = changed(model, [['features.0.weight', { shape, data: count(48) }]]);
    expect(thrown(() => model.loadStateDict(state))).toMatch(/^STATE_DICT: .*features\.0\.weight/);
  });

  it('not strict, loads what both sides have and returns the other keys, as PyTorch does', () => {
    const model = build();
    const keys = model.loadStateDict(
      new Map<string, TensorSource>([
        ['head.1.weight', { shape: [5, 9], data: count(45) }],
        ['head.1.bias', { shape: [5], data: count(5) }],
      ]),
      { strict: false },
    );
    expect(keys).toEqual({
      missingKeys: [...build().stateDict().keys()].filter(
        (name) => name !== 'head.1.weight' && !name.endsWith('num_batches_tracked'),
      ),
      unexpectedKeys: ['head.1.bias'],
    });
    expect([...rowMajor(model.stateDict().get('head.1.weight') as TensorView)]).toEqual([...count(45)]);
    expect(bits(model).get('features.0.weight')).toEqual(bits(build()).get('features.0.weight'));
  });

  it('not strict, still refuses a tensor of another shape, and loads nothing', () => {
    const model = build();
    const state = new Map<string, TensorSource>([
      ['features.0.bias', { shape: [3], data: [7, 7, 7] }],
      ['head.1.weight', { shape: [9, 5], data: count(45) }],
    ]);
    expect(thrown(() => model.loadStateDict(state, { strict: false }))).toMatch(/STATE_DICT: .*\[9, 5\].*\[5, 9\]/);
    expect(bits(model)).toEqual(bits(build()));
  });

  it('refuses 64-bit integers for a weight, naming both types', () => {
    const state = changed(build(), [['features.0.bias', { shape: [3], data: new BigInt64Array(3) }]]);
    expect(thrown(() => build().loadStateDict(state))).toMatch(
      /STATE_DICT: .*features.0.bias is of 64-bit integers, the model's of 32-bit floats/,
    );
  });

  it('does without num_batches_tracked, which keeps its value, as in PyTorch', () => {
    const [from, to] = [build(1), build(2)];
    forward(to, new Float32Array(48).map(Math.cos));
    const keys = to.loadStateDict(changed(from, [], ['features.1.num_batches_tracked']));
    expect(keys).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect(bits(to)).toEqual(bits(from).set('features.1.num_batches_tracked', [1n]));
  });

  it.each<[string, string, string[]]>([
    ['module.', 'module.', ['DataParallel']],
    ['_orig_mod.', '_orig_mod.', ['torch.compile']],
    ['_orig_mod.module.', '_orig_mod.module.', ['DataParallel', 'torch.compile']],
    ['model.', 'model.', ["'model.'"]],
  ])('says of keys with %s before them that they have it, and what takes it away', (_, prefix, says) => {
    const model = build();
    const state = new Map([...build(1).stateDict()].map(([name, tensor]) => [`${prefix}${name}`, tensor]));
    const message = thrown(() => model.loadStateDict(state));
    expect(message).toMatch(/^STATE_DICT: the state dict's keys have '[^\n]+$/);
    for (const text of [...says, `'${prefix}features.0.weight' is the model's 'features.0.weight'`])
      expect(message).toContain(text);
    expect(bits(model)).toEqual(bits(build()));
    // What it says to write.
    const [, code] = /ake it away: (.+)$/.exec(message) ?? [];
    model.loadStateDict(new Function('state', `return ${code}`)(state));
    expect(bits(model)).toEqual(bits(build(1)));
    expect(build().loadStateDict(state, { strict: false }).unexpectedKeys).toEqual([...state.keys()]);
  });

  it('finds what torch.compile puts before the names of a part, and takes a network’s own module for one', () => {
    const state = new Map<string, TensorSource>(build(1).stateDict());
    state.set('features._orig_mod.0.weight', state.get('features.0.weight') as TensorSource);
    state.delete('features.0.weight');
    expect(thrown(() => build().loadStateDict(state))).toContain("'_orig_mod.'");
    const network = () =>
      new Model(new Sequential({ module: new Sequential([new Flatten(), new Linear(4, 2)]) }), {
        inputShape: [1, 2, 2],
        batchSize: 1,
      });
    expect(network().loadStateDict(network().stateDict()).unexpectedKeys).toEqual([]);
  });

  it('wants one name of a shared module’s tensor, whichever, strict or not', () => {
    const from = buildShared(1);
    forward(from, count(48));
    for (const others of [/^a/, /^b/, /^(a\.0|b\.0)/])
      for (const strict of [true, false]) {
        const state = new Map([...from.stateDict()].filter(([name]) => !others.test(name)));
        const to = buildShared(2);
        expect(to.loadStateDict(state, { strict })).toEqual({ missingKeys: [], unexpectedKeys: [] });
        expect(bits(to)).toEqual(bits(from));
      }
  });

  it('names a shared tensor that has none of its names, by all of them', () => {
    const model = buildShared();
    const error = thrown(() => model.loadStateDict(changed(model, [], ['a.0.bias', 'b.1.bias'])));
    expect(error).toMatch(/^STATE_DICT: .*model: a\.0\.bias is missing; b\.1\.bias is missing$/);
  });

  it.each<[string, string, TensorSource]>([
    ['a.0.bias', 'b.1.bias', { shape: [2], data: [0.5, 0.25] }],
    ['a.0.bias', 'b.1.bias', { shape: [2], data: [0.5, -0] }],
    ['a.1.running_mean', 'b.0.running_mean', { shape: [2], data: [0, Number.NaN] }],
    ['a.1.num_batches_tracked', 'b.0.num_batches_tracked', { shape: [], data: [2n ** 53n + 1n] }],
  ])('refuses other values for %s than for %s: STATE_DICT, and copies nothing', (first, second, tensor) => {
    const state = changed(buildShared(1), [
      ['a.0.bias', { shape: [2], data: [0.5, 0] }],
      ['b.1.bias', { shape: [2], data: [0.5, 0] }],
      ['a.1.num_batches_tracked', { shape: [], data: [2n ** 53n] }],
      ['b.0.num_batches_tracked', { shape: [], data: [2n ** 53n] }],
    ]);
    const model = buildShared();
    for (const strict of [true, false]) {
      const error = thrown(() => model.loadStateDict(new Map([...state, [second, tensor]]), { strict }));
      expect(error).toBe(
        `STATE_DICT: the state dict does not fit the model: ${second} and ${first} are one tensor of the model, and have different values`,
      );
      expect(bits(model)).toEqual(bits(buildShared()));
    }
  });

  it('takes equal values of a shared tensor in arrays of other types, counters to the last digit', () => {
    const model = buildShared();
    model.loadStateDict(
      changed(model, [
        ['a.0.bias', { shape: [2], data: [0.1, Number.NaN] }],
        ['b.1.bias', { shape: [2], data: Float32Array.of(0.1, Number.NaN) }],
        ['a.1.num_batches_tracked', { shape: [], data: [2 ** 24 + 1] }],
        ['b.0.num_batches_tracked', { shape: [], data: BigInt64Array.of(2n ** 24n + 1n) }],
      ]),
    );
    expect(bits(model).get('a.1.num_batches_tracked')).toEqual([2n ** 24n + 1n]);
  });

  it('takes an object as well as a Map', () => {
    const model = build();
    model.loadStateDict(Object.fromEntries(build(1).stateDict()));
    expect(bits(model)).toEqual(bits(build(1)));
  });

  it('may be a Map of another realm, such as a frame', () => {
    const entries = [...build(1).stateDict()];
    const model = build();
    model.loadStateDict(runInNewContext('new Map(entries)', { entries }));
    expect(bits(model)).toEqual(bits(build(1)));
  });

  it.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'found undefined'],
    ['text', () => 'model.safetensors', "found 'model.safetensors'"],
    ['a Set', () => new Set(['0.weight']), 'found an object of class Set'],
    ['a model', () => build(1), 'Give its stateDict()'],
    ['a whole file', () => ({ tensors: build(1).stateDict(), metadata: new Map() }), 'file.tensors'],
    ['a list of pairs', () => [...build(1).stateDict()], 'new Map(list)'],
    ['a promise', () => Promise.resolve(build(1).stateDict()), 'Await it'],
  ])('refuses %s with ARGUMENT and what to write', (_, make, says) => {
    const error = thrown(() => build().loadStateDict(make() as never));
    expect(error).toMatch(/^ARGUMENT: the state dict: expected a Map or an object/);
    expect(error).toContain(says);
  });

  it.each([null, undefined, 3, { shape: [3] }])('refuses %p as a tensor', (value) => {
    const state = changed(build(), [['features.0.bias', value as never]]);
    expect(thrown(() => build().loadStateDict(state))).toMatch(/STATE_DICT: .*features.0.bias is no tensor/);
  });

  it.each(['I8', 'U8', 'I32', 'U64', 'BOOL', 'F8_E4M3', 'F4'])(
    'names %s where a file has it for a weight',
    (storedType) => {
      const state = changed(build(), [
        ['features.0.bias', { shape: [3], data: new Uint8Array(3), storedType } as never],
      ]);
      expect(thrown(() => build().loadStateDict(state))).toMatch(
        new RegExp(`features.0.bias is of type ${storedType}, the model's of 32-bit floats; convert it`),
      );
    },
  );

  it('takes integers of any width for num_batches_tracked, as far as 64 bits with a sign hold them', () => {
    const name = 'features.1.num_batches_tracked';
    for (const data of [Int32Array.of(7), BigUint64Array.of(7n)]) {
      const model = build();
      model.loadStateDict(changed(build(), [[name, { shape: [], data, storedType: 'I32' } as never]]));
      expect(stateValues(model, name)).toEqual([7]);
    }
    const state = changed(build(), [[name, { shape: [], data: BigUint64Array.of(2n ** 63n) }]]);
    expect(thrown(() => build().loadStateDict(state))).toMatch(/num_batches_tracked must be a whole number/);
  });
});
