/*
 * The safetensors format, after github.com/huggingface/safetensors, README, "Format": an unsigned 64-bit header
 * length, that many bytes of JSON, then the tensors' bytes, which the header's data_offsets tile without holes.
 * Numbers are little-endian, and so must the machine be.
 */

import { HeddleError, quote } from '../errors.js';
import { allocate } from '../tensor/allocate.js';
import { type Bytes, bytesOf } from '../tensor/bytes.js';
import { mapOf, type Named } from '../tensor/named.js';
import { MAX_DIMENSIONS, sizeOf } from '../tensor/shape.js';
import { rowMajorCopy, type StoredArray, type WritableSource } from '../tensor/view.js';
import { required } from '../validate.js';
import { elementName, integers, modelDtypes, type OtherDtype, otherDtypes } from './dtype.js';
import { cutShort, formatError, refuseOtherKinds } from './fileKind.js';
import { HeaderReader, LENGTH_BYTES, saveAgain } from './safetensorsHeader.js';

/** A tensor of a file: C-contiguous, PyTorch's layout. Shape [] is a scalar. */
export interface StoredTensor {
  readonly shape: readonly number[];
  /** Floats as float32, I64 as it is: what models have. The rest as `storedType` says. */
  readonly data: StoredArray;
  /** The file's type where it is none that a model has: other integers stay as they are, what no array has stays bytes. */
  readonly storedType?: OtherDtype;
}

const dtypes = { ...modelDtypes, ...otherDtypes };
type DtypeName = keyof typeof dtypes;
const names = Object.keys(dtypes).join(', ');

/** The reference reader's cap, 100 MB, would allow headers that take a minute and 2 GB to read. */
const MAX_HEADER_BYTES = 2 ** 20;

/** Writes tensors, ndarrays with strides too, and free-form metadata, each by name in a Map or an object. As in the
 * reference writer, wider types come first and then names in order, and spaces pad the header to a multiple of 8 bytes,
 * so that every tensor is aligned to its element size.
 * @throws HeddleError SHAPE if a shape does not give the length of its data, or has more than 64 dimensions; ARGUMENT
 *   for what is no tensors by name, an array of floats other than float32, a tensor or metadata key with a reserved
 *   name, metadata that is no string, or a header of more than 1 MiB */
export function encodeSafetensors(
  tensors: Named<WritableSource & Pick<StoredTensor, 'storedType'>>,
  metadata?: Named<string>,
): Uint8Array<ArrayBuffer> {
  required('encodeSafetensors(tensors, metadata)', { tensors });
  const sorted = [...mapOf('tensors', tensors)]
    .map(([name, tensor]) => ({ name, ...writtenTensor(name, tensor) }))
    .sort((a, b) => b.alignment - a.alignment || (a.name < b.name ? -1 : 1));
  const header: Record<string, unknown> = {};
  if (metadata !== undefined) header.__metadata__ = checkMetadata(mapOf('metadata', metadata));
  let end = 0;
  for (const { name, dtype, shape, data } of sorted) {
    const begin = end;
    end += data.byteLength;
    header[name] = { dtype, shape, data_offsets: [begin, end] };
  }

  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  if (headerBytes > MAX_HEADER_BYTES) {
    const expected = `names, shapes and metadata that take at most ${MAX_HEADER_BYTES} bytes in the header`;
    const advice = 'Save fewer tensors, or shorter metadata';
    throw new HeddleError('ARGUMENT', `expected ${expected}; they take ${headerBytes}. ${advice}`);
  }
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes).set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const { data } of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/** Reads tensors (copied, so aligned and independent of `file`) and metadata. F16, BF16 and F64 become float32, the
 * first two exactly, F64 rounded to the nearest; all other types of the format are kept, see StoredTensor. All of the
 * header is checked before memory for a tensor is taken, and tensors take at most twice as much as `file`. JSON is read
 * as strictly as the format asks: no duplicate keys, no other fields. The header has 1 MiB at most (some 10,000
 * tensors), a tensor 64 dimensions.
 * @param source where the bytes came from, for error messages
 * @throws HeddleError FORMAT if the bytes are not a safetensors file, are over a cap, or have a dtype that the format
 *   does not know; ARGUMENT for what is no bytes; MEMORY if the engine refuses the copies */
export function decodeSafetensors(
  file: Bytes,
  source = 'safetensors',
): { tensors: Map<string, StoredTensor>; metadata: Map<string, string> } {
  required('decodeSafetensors(bytes)', { bytes: file });
  const bytes = bytesOf(source, file);
  refuseOtherKinds(bytes, 'a safetensors file', source);
  const header = readHeaderText(bytes, source);
  const { entries, metadata } = readHeader(new HeaderReader(header.text, source));
  const payload = bytes.subarray(header.end);
  checkLayout(entries, payload.length, source);

  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const data = allocate(source, () => dtypes[dtype].read(payload.subarray(begin, end)));
    tensors.set(name, isOther(dtype) ? { shape, data, storedType: dtype } : { shape, data });
  }
  return { tensors, metadata };
}

function checkMetadata(metadata: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  for (const [key, value] of metadata) {
    if (key === '__proto__') throw reserved('metadata', key);
    if (typeof value !== 'string')
      throw new HeddleError('ARGUMENT', `metadata ${quote(key)}: expected a string; found ${typeof value}`);
  }
  return Object.fromEntries(metadata);
}

const reserved = (kind: string, name: string) =>
  new HeddleError('ARGUMENT', `${kind} '${name}': the name is reserved; choose another`);

/** A tensor as its bytes go to a file. */
function writtenTensor(name: string, tensor: WritableSource & Pick<StoredTensor, 'storedType'>) {
  if (name === '__metadata__' || name === '__proto__') throw reserved('tensor', name);
  const kind = ArrayBuffer.isView(tensor?.data) ? tensor.data[Symbol.toStringTag] : typeof tensor?.data;
  const written = elementName(kind);
  const wrong = (expected: string, found: string, code: 'ARGUMENT' | 'SHAPE' = 'ARGUMENT') =>
    new HeddleError(code, `tensor ${quote(name)}: expected ${expected}; found ${found}`);
  if (!isWritten(written) || !Array.isArray(tensor.shape))
    throw wrong('a shape, and data in a Float32Array, a BigInt64Array or another array of integers', `data of ${kind}`);
  const { storedType: dtype = written, shape } = tensor;
  const asBytes = kind === 'Uint8Array' && isOther(dtype) && !(dtype in integers);
  if (!asBytes && dtype !== written)
    throw new HeddleError('ARGUMENT', `tensor ${quote(name)}: its storedType ${quote(dtype)} is not that of a ${kind}`);
  const data = !asBytes && (tensor.stride || tensor.offset) ? rowMajorCopy(tensor) : tensor.data;
  const whole = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const { bytes } = dtypes[dtype];
  if (sizeOf(shape) * bytes !== data.byteLength || !whole || shape.length > MAX_DIMENSIONS)
    throw wrong(
      `a shape of at most ${MAX_DIMENSIONS} whole numbers for ${data.length} elements`,
      `[${shape}]`,
      'SHAPE',
    );
  return { dtype, shape, data, alignment: Math.ceil(bytes) };
}

function readHeaderText(bytes: Uint8Array, source: string): { text: string; end: number } {
  if (bytes.length < LENGTH_BYTES) {
    const problem = `expected ${LENGTH_BYTES} bytes of header length; found ${bytes.length} bytes in all`;
    throw formatError(source, problem, cutShort);
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) {
    const problem = `bytes 0 to 7: expected a header of at most ${MAX_HEADER_BYTES} bytes; found ${length}`;
    const isHeader = bytes[LENGTH_BYTES] === 0x7b;
    throw formatError(source, problem, isHeader ? 'Save fewer tensors a file' : 'Check that it is a safetensors file');
  }
  const end = LENGTH_BYTES + length;
  if (end > bytes.length) {
    const problem = `expected a header of ${length} bytes from byte 8; the file ends at ${bytes.length}`;
    throw formatError(source, problem, cutShort);
  }
  try {
    // A byte order mark is kept, for the reader to refuse.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { text: decoder.decode(bytes.subarray(LENGTH_BYTES, end)), end };
  } catch (cause) {
    throw formatError(source, 'expected a header in UTF-8; found other bytes', saveAgain, { cause });
  }
}

function readHeader(reader: HeaderReader) {
  const entries: ReturnType<typeof readEntry>[] = [];
  const metadata = new Map<string, string>();
  reader.object((name) => {
    if (name === '__metadata__') reader.object((key) => metadata.set(key, reader.string()));
    else entries.push(readEntry(reader, name));
  });
  reader.end();
  return { entries, metadata };
}

/** A tensor's entry; its bytes are from `begin` to `end` behind the header. */
function readEntry(reader: HeaderReader, name: string) {
  let dtype: DtypeName | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  const wrong = (what: string, advice?: string) => reader.error(`tensor ${quote(name)}: expected ${what}`, advice);
  reader.object((field) => {
    if (field === 'shape') shape = reader.integers(MAX_DIMENSIONS);
    else if (field === 'data_offsets') offsets = reader.integers(2);
    else if (field !== 'dtype') throw wrong(`dtype, shape and data_offsets; found the field ${quote(field)}`);
    else {
      const type = reader.string();
      if (!isDtype(type)) throw wrong(`a dtype of ${names}; found ${quote(type)}`, 'Convert the tensor to one of them');
      dtype = type;
    }
  });
  if (dtype === undefined || shape === undefined || offsets === undefined)
    throw wrong('all of dtype, shape and data_offsets before here');
  const [begin, end] = offsets;
  if (end === undefined) throw wrong(`2 data_offsets, begin and end; found ${(offsets as number[]).length}`);
  return { name, dtype, shape, begin, end };
}

/** Whether it is the type of an array that can be written as it is: of float32, or of integers. */
const isWritten = (name: string): name is DtypeName => name === 'F32' || name === 'I64' || name in integers;
const isDtype = (text: string): text is DtypeName => Object.hasOwn(dtypes, text);
const isOther = (dtype: DtypeName): dtype is OtherDtype => Object.hasOwn(otherDtypes, dtype);

function checkLayout(entries: ReturnType<typeof readHeader>['entries'], payloadBytes: number, source: string): void {
  let covered = 0;
  for (const { name, dtype, shape, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const size = sizeOf(shape) * dtypes[dtype].bytes;
    if (begin !== covered || end - begin !== size) {
      const expected = `data_offsets [${covered}, ${covered + size}], after the tensor before it and ${size} bytes long`;
      const problem = `tensor ${quote(name)}, ${dtype} [${shape}]: expected ${expected}; found [${begin}, ${end}]`;
      throw formatError(source, problem, saveAgain);
    }
    covered = end;
  }
  if (covered !== payloadBytes) {
    const problem = `expected ${covered} bytes of tensor data after the header; found ${payloadBytes}`;
    throw formatError(source, problem, payloadBytes < covered ? cutShort : saveAgain);
  }
}
