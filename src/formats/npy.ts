/*
 * NumPy's .npy format, after the documentation of numpy.lib.format: "\x93NUMPY", two bytes of version, the header's
 * length in 16 bits (version 1.0) or 32 (2.0 and 3.0), the header, which is a Python dict as one writes it, padded with
 * spaces, and the elements. Numbers are little-endian, and so must the machine be.
 */
import ndarray from 'ndarray';
import { byteArray, kindOf, required } from '../arguments.js';
import { HeddleError, quote } from '../errors.js';
import { allocate } from '../tensor/allocate.js';
import { formatShape, MAX_DIMENSIONS, sizeOf, stridesOf } from '../tensor/shape.js';
import { isTensor, rowMajor, type StoredSource, type TensorView } from '../tensor/view.js';
import { type Dtype, float16, float32, float64, int32, int64, uint8 } from './dtype.js';
import { formatError } from './safetensorsHeader.js';

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
/** Bytes before a header of version 1.0. */
const PREFIX_BYTES = 10;
/** NumPy's own limit. */
const MAX_HEADER_BYTES = 10_000;
/** Elements start at multiples of so many bytes. */
const ALIGNMENT = 64;

/** What is read. <f4 and <i8 are written. */
const dtypes: ReadonlyMap<string, Dtype> = new Map(
  Object.entries({ '<f2': float16, '<f4': float32, '<f8': float64, '|u1': uint8, '<i4': int32, '<i8': int64 }),
);

/**
 * Writes a tensor as `numpy.load` reads it: float32 or int64, C-contiguous, whatever the strides of the view.
 *
 * @throws HeddleError SHAPE when the shape reaches beyond the data, or has more than 64 axes
 */
export function encodeNpy(tensor: StoredSource): Uint8Array<ArrayBuffer> {
  required('encodeNpy(tensor)', { tensor });
  if (!isTensor(tensor))
    throw new HeddleError('ARGUMENT', `tensor must have a shape and data, as an ndarray has, not be ${kindOf(tensor)}`);
  const { shape } = tensor;
  if (shape.length > MAX_DIMENSIONS)
    throw new HeddleError('SHAPE', `expected a tensor of at most ${MAX_DIMENSIONS} axes; found ${shape.length}`);
  const data = rowMajor(tensor);
  const descr = data instanceof BigInt64Array ? '<i8' : '<f4';
  const lengths = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const begin = Math.ceil((PREFIX_BYTES + dict.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(begin + data.byteLength);
  bytes.set([...MAGIC, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, begin - PREFIX_BYTES, true);
  bytes.set(new TextEncoder().encode(`${dict.padEnd(begin - PREFIX_BYTES - 1)}\n`), PREFIX_BYTES);
  bytes.set(new Uint8Array(data.buffer), begin);
  return bytes;
}

/**
 * Reads what `numpy.save` wrote, versions 1.0 to 3.0: `<f2`, `<f4`, `<f8` (rounded to the nearest) and `|u1` as float32,
 * `<i4` and `<i8` as int64. Fortran order shows in the strides. The elements are copied, after all of the header has
 * been checked against the bytes.
 *
 * @param source where the bytes came from, for error messages
 * @throws HeddleError FORMAT if the bytes are not one .npy array, are over a cap (10,000 bytes of header, 64 axes), or
 *   have another dtype; MEMORY if the engine refuses the copy
 */
export function decodeNpy(bytes: Uint8Array, source = 'npy'): TensorView {
  required('decodeNpy(bytes)', { bytes });
  const { text, end } = readHeaderText(byteArray('bytes', bytes), source);
  const { name, dtype, fortranOrder, shape } = readHeader(text, source);
  const payload = bytes.subarray(end);
  const size = sizeOf(shape) * dtype.bytes;
  if (payload.length !== size)
    throw formatError(
      source,
      `expected ${size} bytes after the header, for ${name} ${formatShape(shape)}; found ${payload.length}`,
    );
  const data = allocate(source, () => dtype.read(payload));
  const axes = shape.map((_, axis) => axis);
  return ndarray(data, shape, stridesOf(shape, fortranOrder ? axes.reverse() : axes)) as TensorView;
}

function readHeaderText(bytes: Uint8Array, source: string): { text: string; end: number } {
  if (bytes.length < PREFIX_BYTES + 2 || !MAGIC.every((byte, i) => bytes[i] === byte))
    throw formatError(source, String.raw`expected "\x93NUMPY" at the start of a .npy file; found other bytes`);
  const [major, minor] = bytes.subarray(MAGIC.length);
  if (!(major >= 1 && major <= 3 && minor === 0))
    throw formatError(source, `expected version 1.0, 2.0 or 3.0 of the format; found ${major}.${minor}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [length, begin] =
    major === 1 ? [view.getUint16(8, true), PREFIX_BYTES] : [view.getUint32(8, true), PREFIX_BYTES + 2];
  const end = begin + length;
  if (length > MAX_HEADER_BYTES || end > bytes.length)
    throw formatError(
      source,
      `expected a header of at most ${MAX_HEADER_BYTES} bytes within the file's ${bytes.length}; found ${length} ` +
        `from byte ${begin}`,
    );
  // What a header may have here is ASCII in any encoding; but a byte order mark must show.
  return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(begin, end)), end };
}

/** A key of the dict, and its value as it is written: a string without escapes, True, False or a tuple of numbers. */
const item = /[ \t\n]*(['"])(\w+)\1[ \t\n]*:[ \t\n]*((['"])[^'"\\]*\4|True|False|\([\d, \t\n]*\))[ \t\n]*(?:,|$)/gy;

function readHeader(
  text: string,
  source: string,
): { name: string; dtype: Dtype; fortranOrder: boolean; shape: number[] } {
  const refuse = (where: string) =>
    formatError(
      source,
      "header: expected a Python dict of 'descr' (a dtype's name), 'fortran_order' (True or False) and 'shape' (a tuple " +
        `of at most ${MAX_DIMENSIONS} whole numbers), each once; found ${quote(where)}`,
    );
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
    throw formatError(source, `expected a dtype of ${read}; found ${quote(name)}. Convert the array with astype`);
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
