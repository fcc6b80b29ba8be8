import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.js';
import { entry, file, model } from '../support/safetensors.js';
import { thrown } from '../support/thrown.js';

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
