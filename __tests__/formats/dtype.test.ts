import { describe, expect, it } from '@jest/globals';
import {
  bfloat16,
  bigEndian,
  bool,
  type Dtype,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from '../../src/formats/dtype.js';

/** The elements' bytes at an odd offset of a larger buffer. */
function oddBytes(array: Float64Array | Uint32Array | Uint16Array | Int32Array | BigInt64Array): Uint8Array {
  const odd = new Uint8Array(array.byteLength + 3).fill(0xaa).subarray(1, array.byteLength + 1);
  odd.set(new Uint8Array(array.buffer));
  return odd;
}

/** IEEE 754's definition of a binary format, from the text of the bits; the standard's names of the fields. */
function ieee754(bits: number, exponentBits: number, fractionBits: number): number {
  const text = bits.toString(2).padStart(1 + exponentBits + fractionBits, '0');
  const [sign, exponent, fraction] = [text[0], text.slice(1, 1 + exponentBits), text.slice(1 + exponentBits)];
  const bias = 2 ** (exponentBits - 1) - 1;
  const [e, f] = [Number.parseInt(exponent, 2), Number.parseInt(fraction, 2) / 2 ** fractionBits];
  const special = f === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  const finite = e === 0 ? f * 2 ** (1 - bias) : (1 + f) * 2 ** (e - bias);
  return (sign === '1' ? -1 : 1) * (exponent.includes('0') ? finite : special);
}

const bitsOf = (values: Float32Array | BigInt64Array) => [...new Uint32Array(values.buffer)];

describe('all 65,536 patterns become the float32 of the same value', () => {
  it.each<[string, Dtype, number, number]>([
    ['float16', float16, 5, 10],
    ['bfloat16', bfloat16, 8, 7],
  ])('%s', (_, dtype, exponentBits, fractionBits) => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
    const values = dtype.read(oddBytes(patterns));
    expect(values).toHaveLength(65_536);
    // Object.is tells -0 from 0, and takes any NaN for the same.
    const wrong = [...patterns].filter(
      (bits) =>
        !Object.is(values[bits], ieee754(bits, exponentBits, fractionBits)) || !(values instanceof Float32Array),
    );
    expect(wrong).toEqual([]);
  });

  it('and bfloat16’s NaN keep their bits', () => {
    expect(bitsOf(bfloat16.read(oddBytes(Uint16Array.of(0x7f81, 0xffc0, 0xffff))))).toEqual([
      0x7f810000, 0xffc00000, 0xffff0000,
    ]);
  });
});

it('float64 is rounded to the nearest float32, ties to even, subnormal and infinite ones too', () => {
  const [one, least, greatest] = [2 ** -23, 2 ** -149, 2 ** 128 * (1 - 2 ** -24)];
  const cases: [value: number, bits: number][] = [
    [0.1, 0x3dcccccd],
    [1 + one / 2, 0x3f800000],
    [1 + one * 0.5000001, 0x3f800001],
    [1 + one * 1.5, 0x3f800002],
    [2 ** -126 - least / 2, 0x00800000],
    [least, 1],
    [least / 2, 0],
    [least * 0.5000001, 1],
    [least * 1.5, 2],
    [5e-324, 0],
    [greatest, 0x7f7fffff],
    [2 ** 128 * (1 - 2 ** -25) * (1 - 2 ** -53), 0x7f7fffff],
    [2 ** 128 * (1 - 2 ** -25), 0x7f800000],
    [Number.POSITIVE_INFINITY, 0x7f800000],
  ];
  const values = cases.flatMap(([value]) => [value, -value]);
  const bits = cases.flatMap(([, positive]) => [positive, (positive | 0x80000000) >>> 0]);
  expect(bitsOf(float64.read(oddBytes(Float64Array.from(values))))).toEqual(bits);
  expect(float64.read(oddBytes(Float64Array.of(Number.NaN)))).toEqual(Float32Array.of(Number.NaN));
});

it('float32 and int64 are copied bit by bit, int32 becomes int64, uint8 float32', () => {
  const patterns = Uint32Array.of(0x7f800001, 0xffffffff, 0x80000000, 1);
  const copied = float32.read(oddBytes(patterns));
  expect(copied).toBeInstanceOf(Float32Array);
  expect(bitsOf(copied)).toEqual([...patterns]);
  const wide = BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n);
  expect(int64.read(oddBytes(wide))).toEqual(wide);
  expect(int32.read(oddBytes(Int32Array.of(-(2 ** 31), -1, 2 ** 31 - 1)))).toEqual(
    BigInt64Array.of(-(2n ** 31n), -1n, 2n ** 31n - 1n),
  );
  expect(uint8.read(Uint8Array.of(0, 128, 255))).toEqual(Float32Array.of(0, 128, 255));
});

it('narrow integers and bool become float32, uint32 int64, uint64 stays, and any may have its highest byte first', () => {
  expect(int8.read(Uint8Array.of(0x80, 0xff, 0x7f))).toEqual(Float32Array.of(-128, -1, 127));
  expect(bool.read(Uint8Array.of(0, 1, 2))).toEqual(Float32Array.of(0, 1, 1));
  expect(int16.read(oddBytes(Uint16Array.of(0x8000, 1)))).toEqual(Float32Array.of(-32_768, 1));
  expect(uint16.read(oddBytes(Uint16Array.of(0xffff, 1)))).toEqual(Float32Array.of(65_535, 1));
  expect(uint32.read(oddBytes(Uint32Array.of(2 ** 32 - 1)))).toEqual(BigInt64Array.of(2n ** 32n - 1n));
  expect(uint64.read(oddBytes(BigInt64Array.of(-1n)))).toEqual(BigUint64Array.of(2n ** 64n - 1n));
  expect(bigEndian(int16).read(Uint8Array.of(0x80, 0, 0, 1))).toEqual(Float32Array.of(-32_768, 1));
  expect(bigEndian(float32).read(Uint8Array.of(0x3f, 0x80, 0, 0))).toEqual(Float32Array.of(1));
  expect(bigEndian(int64).read(Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2))).toEqual(BigInt64Array.of(258n));
});
