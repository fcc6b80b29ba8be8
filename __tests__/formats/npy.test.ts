import { describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { decodeNpy, encodeNpy } from '../../src/formats/npy.js';
import { encodeSafetensors } from '../../src/formats/safetensors.js';
import { rowMajor } from '../../src/tensor/view.js';
import { readJson } from '../support/golden.js';
import { thrown } from '../support/thrown.js';

interface Golden {
  readonly name: string;
  readonly dtype: string;
  readonly shape: number[];
  readonly values: string[];
  readonly npy: string;
}
const goldens: Golden[] = readJson('npy.json');

function valuesOf({ dtype, values }: Golden): Float32Array | BigInt64Array | BigUint64Array {
  if (/^(uint64|>u8)$/.test(dtype)) return BigUint64Array.from(values, BigInt);
  return /^(u?int32|int64|>[iu]4|>i8)$/.test(dtype)
    ? BigInt64Array.from(values, BigInt)
    : Float32Array.from(values, Number);
}

describe('files that NumPy wrote', () => {
  it.each(goldens)('$name: $dtype is read with its shape and values', (golden) => {
    // The bytes stand at an odd offset of a larger buffer.
    const bytes = Buffer.concat([Buffer.of(0), Buffer.from(golden.npy, 'base64')]).subarray(1);
    const tensor = decodeNpy(bytes);
    expect(tensor.shape).toEqual(golden.shape);
    expect(rowMajor(tensor)).toEqual(valuesOf(golden));
    bytes.fill(0xff);
    expect(rowMajor(tensor)).toEqual(valuesOf(golden));
  });

  const written = goldens.filter(
    ({ name, dtype }) => /64|32/.test(dtype) && !/order|version|big|float64|int32/.test(name + dtype),
  );
  it.each(written)('$name: $dtype is written to the same bytes', (golden) => {
    const { shape, npy } = golden;
    expect(Buffer.from(encodeNpy({ shape, data: valuesOf(golden) })).toString('base64')).toBe(npy);
  });

  const integers = goldens.filter(({ name, dtype }) => /^u?int(8|16|32)$/.test(dtype) && name === dtype);
  it.each(integers)('$dtype in an array of that type is written to the same bytes', ({ dtype, shape, values, npy }) => {
    const kinds = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array };
    const Kind = { ...kinds, uint32: Uint32Array }[dtype] ?? Float32Array;
    expect(Buffer.from(encodeNpy({ shape, data: Kind.from(values.map(Number)) })).toString('base64')).toBe(npy);
  });

  it('an ArrayBuffer, shared memory and any view of it are read as bytes', () => {
    const { shape, npy } = goldens[3];
    const { buffer } = Uint8Array.from(Buffer.from(npy, 'base64'));
    const shared = new SharedArrayBuffer(buffer.byteLength);
    new Uint8Array(shared).set(new Uint8Array(buffer));
    for (const bytes of [buffer, shared, new Uint8Array(shared), new DataView(buffer)])
      expect(decodeNpy(bytes).shape).toEqual(shape);
  });

  it('Fortran order is a view with strides: the elements stay in the order of the file', () => {
    const { npy } = goldens.find(({ name }) => name === 'Fortran order') as Golden;
    const { data, stride } = decodeNpy(Buffer.from(npy, 'base64'));
    expect([data, stride]).toEqual([Float32Array.of(0, 3, 1, 4, 2, 5), [1, 2]]);
  });
});

describe('encodeNpy', () => {
  it('writes a view with strides and an offset in row-major order', () => {
    const view = ndarray(Float32Array.of(9, 0, 1, 2, 3, 4, 5), [3, 2], [1, 3], 1);
    expect(encodeNpy(view)).toEqual(encodeNpy({ shape: [3, 2], data: Float32Array.of(0, 3, 1, 4, 2, 5) }));
  });

  it('pads the header to a multiple of 64 bytes, ended by a line break, for 64 axes too', () => {
    for (const shape of [[], [1], Array(20).fill(1), Array(64).fill(1)]) {
      const bytes = encodeNpy({ shape, data: Float32Array.of(7) });
      const begin = bytes.length - 4;
      expect([begin % 64, bytes[begin - 1]]).toEqual([0, 0x0a]);
      const { shape: found, data } = decodeNpy(bytes);
      expect([found, data]).toEqual([shape, Float32Array.of(7)]);
    }
  });

  it('refuses 65 axes, and a shape that is not that of the data, as SHAPE', () => {
    const data = new Float32Array(2);
    expect(thrown(() => encodeNpy({ shape: Array(65).fill(1), data }))).toMatch(/^SHAPE: .*at most 64 axes; found 65/);
    expect(thrown(() => encodeNpy({ shape: [3], data }))).toMatch(/^SHAPE: .*\[3\].*2 elements/);
  });
});

/** A file of version 1.0 with this header, its true length unless told otherwise, and a payload. */
function file(header: string | Uint8Array, payload: number | Uint8Array = 0, length = header.length): Uint8Array {
  const start = [...Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length % 256, length >> 8];
  return Uint8Array.of(
    ...start,
    ...Buffer.from(header),
    ...(typeof payload === 'number' ? Buffer.alloc(payload) : payload),
  );
}
const dict = (shape: string, descr = "'<f4'", order = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe('decodeNpy', () => {
  it.each([
    ['double quotes', '{"descr": "<f4", "fortran_order": False, "shape": (1, 2)}'],
    ['another order of keys', "{'shape':(1,2),'fortran_order':True,'descr':'<f4'}"],
    [
      'spaces and line breaks anywhere',
      "  {\n'descr'\t:\n'<f4' , 'fortran_order' :False,'shape':( 1 ,\n2 , ) ,\n} \n \n",
    ],
  ])('reads a dict with %s', (_, header) => {
    const { shape, data } = decodeNpy(file(header, new Uint8Array(Float32Array.of(3, 4).buffer)));
    expect([shape, data]).toEqual([[1, 2], Float32Array.of(3, 4)]);
  });

  it('reads an array without elements whose other lengths would overflow', () => {
    const tensor = decodeNpy(file(dict(`(${2 ** 52}, ${2 ** 52}, 0)`)));
    expect([tensor.shape, rowMajor(tensor)]).toEqual([[2 ** 52, 2 ** 52, 0], new Float32Array(0)]);
    expect(decodeNpy(encodeNpy(tensor)).shape).toEqual(tensor.shape);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['no bytes', new Uint8Array(0), /NUMPY/],
    ['another magic', Buffer.from('NUMPY'.padEnd(99)), /NUMPY.*found other bytes.*right file/],
    ['a ZIP archive', Buffer.from('PK\u0003\u0004'.padEnd(99)), /found a ZIP archive\. Unpack/],
    ['a safetensors file', encodeSafetensors(new Map()), /found a safetensors file\. Read it with loadSafetensors/],
    ['version 4.0', file(dict('(1,)'), 4).with(6, 4), /found 4\.0/],
    ['version 1.1', file(dict('(1,)'), 4).with(7, 1), /found 1\.1/],
    ['magic alone', Buffer.from('\x93NUMPY', 'latin1'), /NUMPY.*found 6 bytes.*cut short.*download/],
    ['9 bytes', file('').subarray(0, 9), /NUMPY/],
    ['11 bytes of version 2.0', Buffer.from('\x93NUMPY\x02\x00\x00\x00\x00', 'latin1'), /NUMPY/],
    ['a header length above the file’s', file(dict('(1,)'), 0, 100), /the file's \d\d; found 100 from byte 10/],
    ['a header of 10,001 bytes', file(dict('(1,)').padEnd(10_001), 4), /at most 10000 bytes.*found 10001/],
    ['4 GiB of header', Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\xff', 'latin1'), /found 4294967295 from byte 12/],
    ['an empty header', file('  '), /Python dict/],
    ['a list', file('[]'), /Python dict/],
    ['a byte order mark', file(Buffer.from(`\ufeff${dict('(1,)')}`), 4), /Python dict/],
    ['text after the dict', file(`${dict('(1,)')};`, 4), /Python dict/],
    ['two dicts', file(`${dict('(1,)')}${dict('(1,)')}`, 4), /Python dict/],
    ['code', file(dict("__import__('os').getpid()"), 4), /found '.*__import__/],
    ['a key twice', file("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", 4), /each once/],
    ['another key', file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': True}", 4), /'x': True/],
    ['a key missing', file("{'descr': '<f4', 'shape': (1,)}", 4), /'fortran_order' \(True or False\)/],
    ['no comma', file("{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}", 4), /Python dict/],
    ['two commas', file("{'descr': '<f4',, 'fortran_order': False, 'shape': (1,)}", 4), /Python dict/],
    ['quotes that differ', file(dict('(1,)', `"<f4'`), 4), /Python dict/],
    ['fields', file(dict('(1,)', "[('a', '<f4')]"), 4), /Python dict/],
    ['True as descr', file(dict('(1,)', 'True'), 4), /Python dict/],
    ['a string as fortran_order', file(dict('(1,)', "'<f4'", "'False'"), 4), /Python dict/],
    [
      'complex numbers',
      file(dict('(1,)', "'<c8'"), 8),
      /a dtype of \|b1, \|i1, \|u1, <f2, .*<u8, >f2, .*>u8; found '<c8'.*astype/,
    ],
    ['objects', file(dict('(1,)', "'|O'"), 4), /found '\|O'/],
    ['a number in brackets', file(dict('(1)'), 4), /Python dict/],
    ['a list as shape', file(dict('[1]'), 4), /Python dict/],
    ['a comma alone', file(dict('(,)'), 4), /Python dict/],
    ['a number in two parts', file(dict('(1 1,)'), 44), /Python dict/],
    ['a leading zero', file(dict('(01,)'), 4), /Python dict/],
    ['a negative length', file(dict('(-1,)'), 4), /Python dict/],
    ['a length of 2^53', file(dict(`(${2 ** 53},)`), 4), /Python dict/],
    ['65 axes', file(dict(`(${'1, '.repeat(65)})`), 4), /at most 64/],
    ['a byte short', file(dict('(2, 3)'), 23), /expected 24 bytes after the header, for <f4 \[2, 3\]; found 23/],
    ['a byte too many', file(dict('(2, 3)'), 25), /expected 24 bytes.*found 25/],
    ['a claim of 2^54 bytes', file(dict(`(${2 ** 52},)`), 4), /expected 18014398509481984 bytes/],
    ['lengths whose product overflows', file(dict(`(${`${2 ** 52}, `.repeat(64)})`), 4), /expected Infinity bytes/],
  ])('refuses %s as FORMAT, naming the file', (_, bytes, message) => {
    const error = thrown(() => decodeNpy(bytes, 'dir/x.npy'));
    expect(error).toMatch(/^FORMAT: dir\/x\.npy: \P{Cc}+$/u);
    expect(error).toMatch(message);
  });

  it('reads a header of 10,000 bytes, and refuses as many brackets or spaces', () => {
    expect(decodeNpy(file(dict('(1,)').padEnd(10_000), 4)).shape).toEqual([1]);
    for (const text of ['('.repeat(10_000), '{'.repeat(10_000), '{'.padEnd(10_000), `{${'} '.repeat(4999)}`])
      expect(thrown(() => decodeNpy(file(text)))).toMatch(/^FORMAT/);
  });
});
