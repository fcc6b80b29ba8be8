import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../src/formats/safetensors.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Linear } from '../../src/layers/linear.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { rowMajor } from '../../src/tensor/view.js';
import { thrown } from '../support/thrown.js';

/** A file with this header text, its true length unless told otherwise, and a payload of zeros or the bytes given. */
function file(header: string | Uint8Array, payload: number | Uint8Array = 0, length?: bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const data = typeof payload === 'number' ? new Uint8Array(payload) : payload;
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

function entry(dtype: string, shape: number[], ...offsets: number[]): string {
  return JSON.stringify({ dtype, shape, data_offsets: offsets });
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(8, 8 + bytes[0] + 256 * bytes[1]));
}

const model = new Map<string, StoredTensor>([
  ['fc.weight', { shape: [2, 3], data: Float32Array.of(1, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 3.4e38) }],
  ['bn.num_batches_tracked', { shape: [], data: BigInt64Array.of(-(2n ** 63n)) }],
  ['fc.bias', { shape: [1], data: Float32Array.of(0.1) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
  ['größe "x"\n', { shape: [1, 1], data: BigInt64Array.of(2n ** 62n + 1n) }],
]);

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

describe('decodeSafetensors', () => {
  it('reads fields in any order, spaces between tokens, escapes, and offsets in another order than names', () => {
    const header = `{ "b" :\t{"data_offsets":[4,12],\n"shape":[ 2 , 1 ],"dtype":"F32"}, "\\u0061":${entry('F32', [], 0, 4)}}  `;
    const { tensors } = decodeSafetensors(file(header, new Uint8Array(Float32Array.of(7, 8, 9).buffer)));
    expect(tensors.get('a')).toEqual({ shape: [], data: Float32Array.of(7) });
    expect(tensors.get('b')).toEqual({ shape: [2, 1], data: Float32Array.of(8, 9) });
  });

  it('reads an empty tensor that begins where another does', () => {
    const header = `{"a":${entry('F32', [1], 0, 4)},"none":${entry('F32', [0], 0, 0)},"last":${entry('I64', [2, 0], 4, 4)}}`;
    const { tensors } = decodeSafetensors(file(header, 4));
    expect([...tensors.values()].map(({ shape, data }) => [shape, data.length])).toEqual([
      [[1], 1],
      [[0], 0],
      [[2, 0], 0],
    ]);
  });

  it('reads every dtype, unaligned and in any order', () => {
    const header =
      `{"f16":${entry('F16', [3], 0, 6)},"i64":${entry('I64', [1], 28, 36)},"bf16":${entry('BF16', [1], 6, 8)},` +
      `"f64":${entry('F64', [2], 8, 24)},"f32":${entry('F32', [], 24, 28)}} `;
    expect((8 + header.length) % 8).not.toBe(0);
    const parts = [
      Uint16Array.of(0x3c00, 0x8001, 0x7c00),
      Uint16Array.of(0xc2f7),
      Float64Array.of(0.1, -1e300),
      Float32Array.of(0.5),
      BigInt64Array.of(-(2n ** 63n)),
    ];
    const payload = Buffer.concat(parts.map(({ buffer }) => new Uint8Array(buffer)));
    expect(Object.fromEntries(decodeSafetensors(file(header, payload)).tensors)).toEqual({
      f16: { shape: [3], data: Float32Array.of(1, -(2 ** -24), Number.POSITIVE_INFINITY) },
      bf16: { shape: [1], data: Float32Array.of(-123.5) },
      f64: { shape: [2], data: Float32Array.of(0.1, Number.NEGATIVE_INFINITY) },
      f32: { shape: [], data: Float32Array.of(0.5) },
      i64: { shape: [1], data: BigInt64Array.of(-(2n ** 63n)) },
    });
  });

  it.each(['float16', 'bfloat16', 'float32', 'float64'])('makes of PyTorch’s %s what float() makes of it', (dtype) => {
    const { tensors } = decodeSafetensors(readFileSync(new URL('../golden/dtypes.safetensors', import.meta.url)));
    const [found, expected] = [dtype, `from_${dtype}`].map((name) => tensors.get(name));
    expect(found?.shape).toEqual([2, 26]);
    expect(found).toEqual(expected); // tells -0 from 0
    expect(tensors.get('count')).toEqual({ shape: [], data: BigInt64Array.of(2n ** 53n + 1n) });
  });

  it('names the source in its errors', () => {
    expect(() => decodeSafetensors(new Uint8Array(3), 'run/last.safetensors')).toThrow(/^run\/last\.safetensors: /);
  });

  const f32 = (begin: number, end: number) => entry('F32', [(end - begin) / 4], begin, end);

  it.each<[string, Uint8Array, RegExp]>([
    ['no bytes', new Uint8Array(0), /found 0 bytes/],
    ['7 bytes', new Uint8Array(7), /found 7 bytes/],
    ['an empty header', file(''), /expected '\{'/],
    ['a header 1 byte longer than the file', file('{}', 0, 3n), /header of 3 bytes.*ends at 10/],
    ['a header length above 1 MiB', file('{}', 0, 1_048_577n), /at most 1048576 bytes; found 1048577/],
    ['a header length of 2^64 - 1', file('{}', 0, 2n ** 64n - 1n), /at most 1048576/],
    ['a space before the first brace', file(' {}'), /byte 8.*expected '\{'/],
    ['a byte order mark', file('\ufeff{}'), /expected '\{'/],
    ['a header that is an array', file('[]'), /expected '\{'/],
    ['invalid UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /UTF-8/],
    ['JSON that ends early', file(`{"a":{"dtype":"F32"`), /byte 27.*expected '\}'/],
    ['a trailing comma', file(`{"a":${f32(0, 4)},}`, 4), /expected a string/],
    ['an unfinished string', file('{"a'), /expected a string that JSON allows/],
    ['a string with a bad escape', file('{"\\x":{}}'), /expected a string that JSON allows/],
    ['a string with a line break', file('{"\n":{}}'), /expected a string that JSON allows/],
    ['zeros as padding', file('{}\u0000\u0000'), /byte 10.*nothing but spaces/],
    ['text after the last brace', file('{}{}'), /byte 10.*nothing but spaces/],
    ['a tensor twice', file(`{"a":${f32(0, 4)},"a":${f32(4, 8)}}`, 8), /'a' again/],
    ['a tensor twice, once escaped', file(`{"a":${f32(0, 4)},"\\u0061":${f32(4, 8)}}`, 8), /'a' again/],
    ['a field twice', file(`{"a":{"dtype":"F32","dtype":"F32"}}`), /'dtype' again/],
    ['a metadata key twice', file('{"__metadata__":{"k":"1","k":"2"}}'), /'k' again/],
    ['__metadata__ twice', file('{"__metadata__":{},"__metadata__":{}}'), /'__metadata__' again/],
    ['__proto__ as a tensor', file(`{"__proto__":${f32(0, 4)}}`, 4), /__proto__ is refused/],
    ['__proto__ as a metadata key', file('{"__metadata__":{"__proto__":"v"}}'), /__proto__ is refused/],
    ['a number as metadata', file('{"__metadata__":{"k":1}}'), /expected a string/],
    ['an object as metadata', file('{"__metadata__":{"k":{}}}'), /expected a string/],
    ['null for a tensor', file('{"a":null}'), /byte 13.*expected '\{'/],
    [
      'dtype I4, which the format does not know, naming those that it does',
      file(`{"w.x":${entry('I4', [8], 0, 4)}}`, 4),
      /'w\.x'.* F16, BF16, F32, F64, I64, I8, .*F4.*; found 'I4'\. Convert/,
    ],
    ['3 elements of 4 bits, which end within a byte', file(`{"w":${entry('F4', [3], 0, 2)}}`, 2), /'w', F4 \[3\]/],
    ['a range of half the size for I16', file(`{"w":${entry('I16', [4], 0, 4)}}`, 4), /\[0, 8\].*found \[0, 4\]/],
    ['dtype toString', file(`{"w":${entry('toString', [2], 0, 4)}}`, 4), /'w'.*found 'toString'/],
    ['no dtype', file('{"a":{"shape":[1],"data_offsets":[0,4]}}', 4), /'a': expected all of dtype/],
    ['no shape', file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), /'a': expected all of/],
    ['no data_offsets', file('{"a":{"dtype":"F32","shape":[1]}}', 4), /'a': expected all of/],
    ['an unknown field', file(`{"a":{"dtype":"F32","strides":[1]}}`, 4), /'a'.*found the field 'strides'/],
    ['1 offset', file(`{"a":${entry('F32', [1], 0)}}`, 4), /2 data_offsets.*found 1/],
    ['3 offsets', file(`{"a":${entry('F32', [1], 0, 4, 8)}}`, 4), /byte 60.*at most 2 numbers/],
    ['a negative size', file(`{"a":${entry('F32', [-1, -1], 0, 4)}}`, 4), /whole number/],
    ['a fraction', file(`{"a":${entry('F32', [0.5, 2], 0, 4)}}`, 4), /whole number/],
    ['an exponent', file('{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}', 4), /whole number/],
    ['a leading zero', file('{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', 4), /whole number/],
    ['a size of 2^53', file(`{"a":${entry('F32', [2 ** 53], 0, 4)}}`, 4), /whole number from 0 to 9007199254740991/],
    ['a nested shape', file('{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}', 4), /whole number/],
    ['65 dimensions', file(`{"a":${entry('F32', Array(65).fill(1), 0, 4)}}`, 4), /at most 64 numbers/],
    [
      'a range 4 bytes too short',
      file(`{"a":${entry('F32', [2], 0, 4)}}`, 4),
      /'a', F32 \[2\].*\[0, 8\].*found \[0, 4\]/,
    ],
    ['a range of the wrong type', file(`{"a":${entry('I64', [1], 0, 4)}}`, 4), /\[0, 8\].*found \[0, 4\]/],
    ['a range backwards', file(`{"a":${entry('F32', [1], 4, 0)}}`, 4), /found \[4, 0\]/],
    ['a hole at the start', file(`{"a":${f32(4, 8)}}`, 8), /\[0, 4\].*found \[4, 8\]/],
    ['a hole between', file(`{"a":${f32(0, 4)},"b":${f32(8, 12)}}`, 12), /'b'.*\[4, 8\].*found \[8, 12\]/],
    ['an overlap', file(`{"a":${f32(0, 8)},"b":${f32(4, 12)}}`, 12), /'b'.*\[8, 16\].*found \[4, 12\]/],
    ['one range for two tensors', file(`{"a":${f32(0, 4)},"b":${f32(0, 4)}}`, 4), /'b'.*found \[0, 4\]/],
    ['a payload 1 byte short', file(`{"a":${f32(0, 4)}}`, 3), /expected 4 bytes.*found 3/],
    ['a payload 1 byte too long', file(`{"a":${f32(0, 4)}}`, 5), /expected 4 bytes.*found 5/],
    ['a claim of 2^52 bytes', file(`{"a":${entry('F32', [2 ** 50], 0, 2 ** 52)}}`, 4), /expected 4503599627370496/],
    [
      'sizes whose product overflows',
      file(`{"a":${entry('F32', Array(64).fill(2 ** 52), 0, 4)}}`, 4),
      /found \[0, 4\]/,
    ],
  ])('refuses %s', (_title, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(
      expect.objectContaining({ name: 'HeddleError', code: 'FORMAT', message: expect.stringMatching(message) }),
    );
  });

  it('refuses 1 MB of nested brackets at the first of them, without recursion', () => {
    const header = `{"a":{"dtype":"F32","shape":${'['.repeat(1_000_000)}`;
    expect(() => decodeSafetensors(file(header))).toThrow(/byte 37.*whole number/);
  });

  it('reads a tensor without elements whose other sizes would overflow, in any order', () => {
    for (const shape of [
      [0, ...Array(63).fill(2 ** 52)],
      [...Array(63).fill(2 ** 52), 0],
    ]) {
      const { tensors } = decodeSafetensors(file(`{"a":${entry('F32', shape, 0, 0)}}`));
      expect(tensors.get('a')).toEqual({ shape, data: new Float32Array(0) });
      expect(decodeSafetensors(encodeSafetensors(tensors)).tensors).toEqual(tensors);
    }
  });

  it('shows names of any length and kind in at most 400 characters without control characters', () => {
    const name = `\u001b[31m${'x'.repeat(100_000)}`;
    expect(() => decodeSafetensors(file(`{${JSON.stringify(name)}:${entry('F32', [2], 0, 4)}}`, 4))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^[ -~…]{1,400}$/) }),
    );
  });

  it('refuses every proper prefix of a file, and the file with a byte more', () => {
    const bytes = encodeSafetensors(model, { k: 'v' });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.subarray(0, length))).toThrow(expect.objectContaining({ code: 'FORMAT' }));
    }
    expect(() => decodeSafetensors(Uint8Array.of(...bytes, 0))).toThrow(expect.objectContaining({ code: 'FORMAT' }));
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

it.each<[string, Uint8Array, RegExp]>([
  ['cut short', encodeSafetensors(model).subarray(0, -1), /download it again/],
  ['cut short in the header', encodeSafetensors(model).subarray(0, 20), /download it again/],
  ['empty', new Uint8Array(0), /download it again/],
  ['with a hole', file(`{"a":${entry('F32', [1], 4, 8)}}`, 8), /Save it again with the safetensors library/],
  ['with bytes behind', Buffer.concat([encodeSafetensors(model), Buffer.of(0)]), /Save it again with the safetensors/],
  ['with an unknown dtype', file(`{"w":${entry('I4', [8], 0, 4)}}`, 4), /Convert the tensor to one of them\./],
])('a file that is %s gets the advice that can help', (_, bytes, advice) => {
  const error = thrown(() => decodeSafetensors(bytes));
  expect(error).toMatch(advice);
  if (!advice.source.includes('download')) expect(error).not.toMatch(/download/);
});
