/*
 * NumPy's .npy format, after the documentation of numpy.lib.format: "\x93NUMPY", two bytes of version, the header's
 * length in 16 bits (version 1.0) or 32 (2.0 and 3.0), the header, which is a Python dict as one writes it, padded with
 * spaces, and the elements, little-endian where their type's name starts with <, as the machine must be.
 */
import ndarray, { type NdArray } from 'ndarray';
import { HeddleError, quote } from '../errors.js';
import { allocate } from '../tensor/allocate.js';
import { type Bytes, bytesOf } from '../tensor/bytes.js';
import { formatShape, MAX_DIMENSIONS, sizeOf, stridesOf } from '../tensor/shape.js';
import { isTensor, rowMajorCopy, type TensorView, type WritableSource } from '../tensor/view.js';
import { kindOf, required } from '../validate.js';
import * as types from './dtype.js';
import { cutShort, formatError, refuseOtherKinds } from './fileKind.js';

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
/** Bytes before a header of version 1.0. */
const PREFIX_BYTES = 10;
/** NumPy's own limit. */
const MAX_HEADER_BYTES = 10_000;
/** Elements start at multiples of so many bytes. */
const ALIGNMENT = 64;
const saveAgain = 'Save it again with numpy.save';

type Elements = Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>;

type Dtype = types.Dtype<Elements>;

const numbers = Object.entries<Dtype>({
  f2: types.float16,
  f4: types.float32,
  f8: types.float64,
  i2: types.int16,
  i4: types.int32,
  i8: types.int64,
  u2: types.uint16,
  u4: types.uint32,
  u8: types.uint64,
});
/** What is read, by its name in a header. */
const dtypes: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ['|b1', types.bool],
  ['|i1', types.int8],
  ['|u1', types.uint8],
  ...numbers.map(([name, littleEndian]) => [`<${name}`, littleEndian] as const),
  ...numbers.map(([name, littleEndian]) => [`>${name}`, types.bigEndian(littleEndian)] as const),
]);

/** Writes a tensor as `numpy.load` reads it: of float32 or integers, as its array is, C-contiguous, whatever the
 * strides of the view.
 * @throws HeddleError SHAPE when the shape reaches beyond the data, or has more than 64 axes */
export function encodeNpy(tensor: WritableSource): Uint8Array<ArrayBuffer> {
  required('encodeNpy(tensor)', { tensor });
  if (!isTensor(tensor))
    throw new HeddleError('ARGUMENT', `tensor must have a shape and data, as an ndarray has, not be ${kindOf(tensor)}`);
  const { shape } = tensor;
  if (shape.length > MAX_DIMENSIONS)
    throw new HeddleError('SHAPE', `expected a tensor of at most ${MAX_DIMENSIONS} axes; found ${shape.length}`);
  const data = rowMajorCopy(tensor);
  const lengths = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const [kind] = types.elementName(data[Symbol.toStringTag]).toLowerCase();
  const bytesEach = data.BYTES_PER_ELEMENT;
  const descr = `${bytesEach === 1 ? '|' : '<'}${kind}${bytesEach}`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const begin = Math.ceil((PREFIX_BYTES + dict.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(begin + data.byteLength);
  bytes.set([...MAGIC, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, begin - PREFIX_BYTES, true);
  bytes.set(new TextEncoder().encode(`${dict.padEnd(begin - PREFIX_BYTES - 1)}\n`), PREFIX_BYTES);
  bytes.set(new Uint8Array(data.buffer), begin);
  return bytes;
}

/** What a .npy file's elements become: of 16 bits or fewer, and floats, float32; uint64 stays; other integers int64. */
export type NpyArray = TensorView | NdArray<BigUint64Array<ArrayBuffer>>;

/** Reads what `numpy.save` wrote, versions 1.0 to 3.0, in either byte order: floats (float64 rounded to the nearest),
 * bool, int8, uint8, int16 and uint16 as float32; int32, uint32 and int64 as int64; uint64 as it is. Fortran order
 * shows in the strides. The elements are copied, after all of the header has been checked against the bytes.
 * @param source where the bytes came from, for error messages
 * @throws HeddleError FORMAT if the bytes are not one .npy array, are over a cap (10,000 bytes of header, 64 axes), or
 *   have another dtype; ARGUMENT for what is no bytes; MEMORY if the engine refuses the copy */
export function decodeNpy(file: Bytes, source = 'npy'): NpyArray {
  required('decodeNpy(bytes)', { bytes: file });
  const { dtype, fortranOrder, shape, payload } = readNpy(bytesOf(source, file), source);
  const data = allocate(source, () => dtype.read(payload));
  const axes = shape.map((_, axis) => axis);
  return ndarray(data, shape, stridesOf(shape, fortranOrder ? axes.reverse() : axes)) as NpyArray;
}

/** What a .npy file's header says, and its elements as they are in the file, of the number that it says. @throws FORMAT as
 * decodeNpy */
export function readNpy(bytes: Uint8Array, source: string) {
  const { text, end } = readHeaderText(bytes, source);
  const header = readHeader(text, source);
  const { name, dtype, shape } = header;
  const payload = bytes.subarray(end);
  const size = sizeOf(shape) * dtype.bytes;
  if (payload.length !== size) {
    const problem = `expected ${size} bytes after the header, for ${name} ${formatShape(shape)}; found ${payload.length}`;
    throw formatError(source, problem, payload.length < size ? cutShort : 'Save one array a file, with numpy.save');
  }
  return { ...header, payload };
}

function readHeaderText(bytes: Uint8Array, source: string): { text: string; end: number } {
  const start = bytes.subarray(0, MAGIC.length);
  if (bytes.length < PREFIX_BYTES + 2 || !MAGIC.every((byte, i) => start[i] === byte)) {
    refuseOtherKinds(bytes, 'a NumPy .npy array', source);
    const begun = start.every((byte, i) => byte === MAGIC[i]);
    const found = begun ? `${bytes.length} bytes` : 'other bytes';
    const problem = String.raw`expected "\x93NUMPY" at the start of a .npy file; found ${found}`;
    throw formatError(source, problem, begun ? cutShort : 'Check that it is the right file: numpy.save writes such');
  }
  const [major, minor] = bytes.subarray(MAGIC.length);
  if (!(major >= 1 && major <= 3 && minor === 0))
    throw formatError(source, `expected version 1.0, 2.0 or 3.0 of the format; found ${major}.${minor}`, saveAgain);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [length, begin] =
    major === 1 ? [view.getUint16(8, true), PREFIX_BYTES] : [view.getUint32(8, true), PREFIX_BYTES + 2];
  const end = begin + length;
  if (length > MAX_HEADER_BYTES || end > bytes.length) {
    const expected = `a header of at most ${MAX_HEADER_BYTES} bytes within the file's ${bytes.length}`;
    const problem = `expected ${expected}; found ${length} from byte ${begin}`;
    throw formatError(source, problem, length > MAX_HEADER_BYTES ? saveAgain : cutShort);
  }
  // What a header may have here is ASCII in any encoding; but a byte order mark must show.
  return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(begin, end)), end };
}

/** A key of the dict, and its value as it is written: a string without escapes, True, False or a tuple of numbers. */
const item = /[ \t\n]*(['"])(\w+)\1[ \t\n]*:[ \t\n]*((['"])[^'"\\]*\4|True|False|\([\d, \t\n]*\))[ \t\n]*(?:,|$)/gy;

function readHeader(text: string, source: string) {
  const expected =
    "a Python dict of 'descr' (a dtype's name), 'fortran_order' (True or False) and 'shape' (a tuple " +
    `of at most ${MAX_DIMENSIONS} whole numbers), each once`;
  const refuse = (where: string) =>
    formatError(source, `header: expected ${expected}; found ${quote(where)}`, saveAgain);
  const [, body] = /^[ \t\n]*\{(.*)\}[ \t\n]*$/s.exec(text) ?? [];
  if (body === undefined) throw refuse(text);
  const items = [...body.matchAll(item)];
  const rest = body.slice(items.reduce((length, [found]) => length + found.length, 0));
  if (/[^ \t\n]/.test(rest)) throw refuse(rest);
  const values = new Map(items.map(([, , key, value]) => [key, value]));
  const [descr = '', order = '', tuple = ''] = ['descr', 'fortran_order', 'shape'].map((key) => values.get(key));
  const shape = readTuple(tuple);
  if (items.length !== 3 || !/^['"]/.test(descr) || !/^(True|False)$/.test(order) || !shape) throw refuse(body);
  const name = descr.slice(1, -1);
  const dtype = dtypes.get(name);
  if (!dtype) {
    const read = [...dtypes.keys()].join(', ');
    throw formatError(source, `expected a dtype of ${read}; found ${quote(name)}`, 'Convert the array with astype');
  }
  return { name, dtype, fortranOrder: order === 'True', shape };
}

/** A tuple of a single number wants a comma after it, others may have one. */
function readTuple(text: string): number[] | undefined {
  const parts = text.slice(1, -1).split(',');
  const closed = parts.at(-1)?.trim() === '';
  const lengths = (closed ? parts.slice(0, -1) : parts).map((part) =>
    /^[ \t\n]*(0|[1-9]\d*)[ \t\n]*$/.test(part) ? Number(part) : Number.NaN,
  );
  const isTuple = text.startsWith('(') && (closed || lengths.length > 1) && lengths.length <= MAX_DIMENSIONS;
  return isTuple && lengths.every(Number.isSafeInteger) ? lengths : undefined;
}
