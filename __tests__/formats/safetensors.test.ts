import { describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../src/formats/safetensors.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Linear } from '../../src/layers/linear.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { rowMajor } from '../../src/tensor/view.js';
import { entry, file, model } from '../support/safetensors.js';
import { thrown } from '../support/thrown.js';

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(8, 8 + bytes[0] + 256 * bytes[1]));
}

describe('a safetensors round trip', () => {
  it('keeps names, shapes, every value and the metadata', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors(model, { format: 'pt', note: 'é\u0000"' }));
    expect([...tensors.keys()].sort()).toEqual([...model.keys()].sort());
    for (const [name, tensor] of model) expect(tensors.get(name)).toEqual(tensor);
    expect([...metadata]).toEqual([
      ['format', 'pt'],
      ['note', 'é\u0000"'],
    ]);
  });

  it('keeps nothing at all', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors(new Map()));
    expect([tensors.size, metadata.size]).toEqual([0, 0]);
  });

  it('takes views into larger buffers, and bytes at an odd offset, and copies them', () => {
    const data = new Float32Array(new SharedArrayBuffer(40)).subarray(3, 5);
    data.set([5, 6]);
    const encoded = encodeSafetensors(new Map([['x', { shape: [2], data }]]));
    const odd = new Uint8Array(encoded.length + 1).subarray(1);
    odd.set(encoded);
    const decoded = decodeSafetensors(odd).tensors.get('x');
    odd.fill(0);
    expect([...(decoded?.data ?? [])]).toEqual([5, 6]);
  });
});

describe('encodeSafetensors', () => {
  it('writes this file, byte for byte', () => {
    const tensors = new Map<string, StoredTensor>([
      ['b', { shape: [2], data: Float32Array.of(1, -2) }],
      ['a', { shape: [], data: Float32Array.of(0.5) }],
      ['n', { shape: [1], data: BigInt64Array.of(258n) }],
    ]);
    const json =
      '{"__metadata__":{"k":"v"},' +
      '"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},' +
      '"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]},' +
      '"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}}';
    const payload = [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0];
    expect(json).toHaveLength(187);
    const expected = [192, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(`${json}     `), ...payload];
    expect([...encodeSafetensors(tensors, { k: 'v' })]).toEqual(expected);
  });

  it('aligns the payload, and every tensor, to its element size', () => {
    const bytes = encodeSafetensors(model);
    const payload = 8 + bytes[0] + 256 * bytes[1];
    expect(payload % 8).toBe(0);
    const header: Record<string, { dtype: string; data_offsets: number[] }> = JSON.parse(textOf(bytes));
    for (const { dtype, data_offsets } of Object.values(header)) {
      expect(data_offsets[0] % (dtype === 'I64' ? 8 : 4)).toBe(0);
    }
  });

  it('writes the same bytes whatever the order of the map', () => {
    expect(encodeSafetensors(new Map([...model].reverse()))).toEqual(encodeSafetensors(model));
  });

  it.each([[[3]], [[2, 2]], [[-1, -2]], [[0.5, 4]]])('refuses the shape %j for 2 elements', (shape) => {
    const tensors = new Map([['w', { shape, data: new Float32Array(2) }]]);
    expect(() => encodeSafetensors(tensors)).toThrow(
      expect.objectContaining({ code: 'SHAPE', message: expect.stringContaining("'w'") }),
    );
  });

  it('writes a header of 1 MiB, which can be read, and refuses one of 8 bytes more', () => {
    const note = 'x'.repeat(2 ** 20 - '{"__metadata__":{"note":""}}'.length);
    const bytes = encodeSafetensors(new Map(), { note });
    expect(decodeSafetensors(bytes).metadata.get('note')).toBe(note);
    expect(() => encodeSafetensors(new Map(), { note: `${note}x` })).toThrow(
      expect.objectContaining({ code: 'ARGUMENT', message: expect.stringContaining('1048576') }),
    );
  });

  it.each(['__metadata__', '__proto__'])('refuses a tensor named %s', (name) => {
    const tensors = new Map([[name, { shape: [1], data: new Float32Array(1) }]]);
    expect(() => encodeSafetensors(tensors)).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
  });

  it.each(['{"k":1}', '{"__proto__":"v"}'])('refuses the metadata %s', (json) => {
    expect(() => encodeSafetensors(new Map(), JSON.parse(json))).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
  });
});
describe('what is no contiguous float32', () => {
  it('a view with strides is written in row-major order: a state dict’s convolution comes back with its weights', () => {
    const network = () => new Sequential([new Conv2d(2, 3, [2, 4])]);
    const [model, other] = [1, 2].map((seed) => new Model(network(), { inputShape: [2, 2, 6], batchSize: 1, seed }));
    other.loadStateDict(decodeSafetensors(encodeSafetensors(model.stateDict())).tensors);
    for (const [name, tensor] of model.stateDict()) {
      const found = other.stateDict().get(name);
      expect(found && [...rowMajor(found)]).toEqual([...rowMajor(tensor)]);
    }
  });

  it.each([new Float64Array(2), new Uint8ClampedArray(2), [1, 2], undefined])('%p is refused with ARGUMENT', (data) => {
    const tensors = new Map([['a', { shape: [2], data: data as never }]]);
    expect(thrown(() => encodeSafetensors(tensors))).toMatch(
      /^ARGUMENT: tensor 'a': expected a shape, and data in a Float32Array, a BigInt64Array or another .*; found data of/,
    );
  });

  const kept: [string, StoredTensor['data'], number[]][] = [
    ['I8', Int8Array.of(-128, 127), [2]],
    ['U8', Uint8Array.of(0, 255), [2, 1]],
    ['I16', Int16Array.of(-32_768), [1]],
    ['U16', Uint16Array.of(65_535), []],
    ['I32', Int32Array.of(-(2 ** 31), 7), [2]],
    ['U32', Uint32Array.of(2 ** 32 - 1), [1]],
    ['U64', BigUint64Array.of(2n ** 64n - 1n), [1]],
    ['BOOL', Uint8Array.of(1, 0), [2]],
    ['F8_E4M3', Uint8Array.of(0x7f, 0x38), [2]],
    ['F8_E5M2', Uint8Array.of(0x7f), [1]],
    ['F8_E8M0', Uint8Array.of(0x7f), [1]],
    ['F8_E4M3FNUZ', Uint8Array.of(0x80), [1]],
    ['F8_E5M2FNUZ', Uint8Array.of(0x80), [1]],
    ['F4', Uint8Array.of(0x12, 0x34), [4]],
    ['F6_E2M3', Uint8Array.of(1, 2, 3), [4]],
    ['F6_E3M2', Uint8Array.of(1, 2, 3), [2, 2]],
    ['C64', new Uint8Array(Float32Array.of(1, -2).buffer), [1]],
  ];

  it.each(kept)(
    '%s beside a weight refuses no file, is kept as it is, and written again to the same bytes',
    (type, data, shape) => {
      const payload = Buffer.concat([Float32Array.of(0.5), data].map((part) => new Uint8Array(part.buffer)));
      const bytes = file(`{"w":${entry('F32', [1], 0, 4)},"x":${entry(type, shape, 4, payload.length)}} `, payload);
      const { tensors } = decodeSafetensors(bytes);
      expect(tensors.get('x')).toEqual({ shape, data, storedType: type });
      expect(tensors.get('w')).toEqual({ shape: [1], data: Float32Array.of(0.5) });
      const again = encodeSafetensors(tensors);
      expect(decodeSafetensors(again).tensors).toEqual(tensors);
      expect(JSON.parse(textOf(again)).x).toMatchObject({ dtype: type, shape });
      const network = new Model(new Sequential([new Linear(1, 1, { bias: false })]), { inputShape: [1], batchSize: 1 });
      const weights = new Map(
        [...tensors].map(([name, tensor]) => [name === 'w' ? '0.weight' : name, { ...tensor, shape: [1, 1] }]),
      );
      expect(network.loadStateDict(weights, { strict: false })).toEqual({ missingKeys: [], unexpectedKeys: ['x'] });
      expect(thrown(() => network.loadStateDict(weights))).toMatch(/^STATE_DICT: .*x is unexpected$/);
    },
  );

  it('integers are written as their array is, views with strides too', () => {
    const view = ndarray(Int16Array.of(1, 2, 3, 4), [2, 2], [1, 2]);
    const { tensors } = decodeSafetensors(encodeSafetensors({ v: view }));
    expect(tensors.get('v')).toEqual({ shape: [2, 2], data: Int16Array.of(1, 3, 2, 4), storedType: 'I16' });
  });

  it.each<[string, StoredTensor]>([
    ['a type that its array is not', { shape: [2], data: new Int8Array(2), storedType: 'U8' }],
    ['bytes of a type that arrays have', { shape: [2], data: new Uint8Array(4), storedType: 'U16' }],
    ['an unknown type', { shape: [2], data: new Uint8Array(2), storedType: 'toString' as never }],
  ])('%s is refused with ARGUMENT', (_, tensor) => {
    expect(thrown(() => encodeSafetensors({ a: tensor }))).toMatch(/^ARGUMENT: tensor 'a': its storedType/);
  });
});

describe('Maps and objects', () => {
  it('hold tensors and metadata alike', () => {
    const bytes = encodeSafetensors(model, new Map([['k', 'v']]));
    expect(encodeSafetensors(Object.fromEntries(model), { k: 'v' })).toEqual(bytes);
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'found null'],
    ['a whole file', decodeSafetensors(encodeSafetensors(new Map())), 'file.tensors'],
    ['a list', [['a', { shape: [], data: Float32Array.of(1) }]], 'new Map(list)'],
  ])('%s in their place is refused with ARGUMENT and what to write', (_, tensors, says) => {
    const error = thrown(() => encodeSafetensors(tensors as never));
    expect(error).toMatch(/^ARGUMENT: tensors: expected a Map or an object/);
    expect(error).toContain(says);
  });
});

it('an ArrayBuffer, shared memory and any view of it are read as bytes', () => {
  const { buffer } = encodeSafetensors(model);
  const shared = new SharedArrayBuffer(buffer.byteLength);
  new Uint8Array(shared).set(new Uint8Array(buffer));
  for (const bytes of [buffer, shared, new Uint8Array(shared), new DataView(buffer)])
    expect(decodeSafetensors(bytes).tensors.size).toBe(model.size);
});
