/*
 * The safetensors format, after github.com/huggingface/safetensors, README, "Format": an unsigned 64-bit header
 * length, that many bytes of JSON, then the tensors' bytes, which the header's data_offsets tile without holes.
 * Numbers are little-endian, and so must the machine be.
 */
import { byteArray, kindOf, map, plainObject, required } from '../arguments.js';
import { HeddleError, quote } from '../errors.js';
import { allocate } from '../tensor/allocate.js';
import { MAX_DIMENSIONS, sizeOf } from '../tensor/shape.js';
import { isTensor, rowMajor, type StoredSource } from '../tensor/view.js';
import { bfloat16, float16, float32, float64, int64 } from './dtype.js';
import { formatError, HeaderReader, LENGTH_BYTES } from './safetensorsHeader.js';

/** A tensor of a file: C-contiguous, PyTorch's layout; float32, or int64 for counters. Shape [] is a scalar. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** What is read. F32 and I64 are written. */
const dtypes = { F16: float16, BF16: bfloat16, F32: float32, F64: float64, I64: int64 };
type DtypeName = keyof typeof dtypes;

interface Entry {
  readonly name: string;
  readonly dtype: DtypeName;
  readonly shape: number[];
  /** Bytes from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** The reference reader's cap, 100 MB, would allow headers that take a minute and 2 GB to read. */
const MAX_HEADER_BYTES = 2 ** 20;

/**
 * Writes tensors, ndarrays with strides too, and free-form metadata. As in the reference writer, wider types come first and then names in order,
 * and spaces pad the header to a multiple of 8 bytes, so that every tensor is aligned to its element size.
 *
 * @throws HeddleError SHAPE if a shape does not give the length of its data, or has more than 64 dimensions; ARGUMENT
 *   for a tensor or metadata key with a reserved name, metadata that is no string, or a header of more than 1 MiB
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredSource>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  required('encodeSafetensors(tensors, metadata)', { tensors });
  const contiguous = [...map('tensors', tensors)].map(([name, tensor]): [string, StoredTensor] => {
    if (!isTensor(tensor))
      throw new HeddleError(
        'ARGUMENT',
        `tensor ${quote(name)} must have a shape and data, as an ndarray has, not be ${kindOf(tensor)}`,
      );
    return [name, tensor.stride || tensor.offset ? { shape: tensor.shape, data: rowMajor(tensor) } : tensor];
  });
  const sorted = contiguous.sort(
    ([a, x], [b, y]) => y.data.BYTES_PER_ELEMENT - x.data.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  );
  const header: Record<string, unknown> = {};
  if (metadata !== undefined) header.__metadata__ = checkMetadata(metadata);
  let end = 0;
  for (const [name, tensor] of sorted) {
    checkTensor(name, tensor);
    const { shape, data } = tensor;
    const begin = end;
    end += data.byteLength;
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [begin, end] };
  }

  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new HeddleError(
      'ARGUMENT',
      `expected names, shapes and metadata that take at most ${MAX_HEADER_BYTES} bytes in the header; they take ` +
        `${headerBytes}. Save fewer tensors, or shorter metadata`,
    );
  }
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes).set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const [, { data }] of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Reads tensors (copied, so aligned and independent of `bytes`) and metadata. F16, BF16 and F64 become float32, the
 * first two exactly, F64 rounded to the nearest. All of the header is checked before memory for a tensor is taken, and
 * tensors take at most twice as much as `bytes`. JSON is read as strictly as the format asks: no duplicate keys, no
 * other fields. The header has 1 MiB at most (some 10,000 tensors), a tensor 64 dimensions.
 *
 * @param source where the bytes came from, for error messages
 * @throws HeddleError FORMAT if the bytes are not a safetensors file, are over a cap, or have another dtype than F16,
 *   BF16, F32, F64 and I64; MEMORY if the engine refuses the copies
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  source = 'safetensors',
): { tensors: Map<string, StoredTensor>; metadata: Map<string, string> } {
  required('decodeSafetensors(bytes)', { bytes });
  const header = readHeaderText(byteArray('bytes', bytes), source);
  const { entries, metadata } = readHeader(new HeaderReader(header.text, source));
  const payload = bytes.subarray(header.end);
  checkLayout(entries, payload.length, source);

  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const data = allocate(source, () => dtypes[dtype].read(payload.subarray(begin, end)));
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata };
}

function checkMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(plainObject('metadata', metadata))) {
    if (key === '__proto__') throw reserved('metadata', key);
    if (typeof value !== 'string') {
      throw new HeddleError('ARGUMENT', `metadata ${quote(key)}: expected a string; found ${typeof value}`);
    }
  }
  return metadata;
}

function reserved(kind: string, name: string): HeddleError {
  return new HeddleError('ARGUMENT', `${kind} '${name}': the name is reserved; choose another`);
}

function checkTensor(name: string, { shape, data }: StoredTensor): void {
  if (name === '__metadata__' || name === '__proto__') throw reserved('tensor', name);
  const kind = data[Symbol.toStringTag];
  if (kind !== 'Float32Array' && kind !== 'BigInt64Array')
    throw new HeddleError('ARGUMENT', `tensor ${quote(name)}: expected a Float32Array or BigInt64Array; found ${kind}`);
  const length = sizeOf(shape);
  const whole = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (length !== data.length || !whole || shape.length > MAX_DIMENSIONS) {
    throw new HeddleError(
      'SHAPE',
      `tensor ${quote(name)}: expected a shape of at most ${MAX_DIMENSIONS} whole numbers for ${data.length} elements; ` +
        `found [${shape}]`,
    );
  }
}

function dtypeOf(data: Float32Array | BigInt64Array): DtypeName {
  return data[Symbol.toStringTag] === 'Float32Array' ? 'F32' : 'I64';
}

function readHeaderText(bytes: Uint8Array, source: string): { text: string; end: number } {
  if (bytes.length < LENGTH_BYTES) {
    throw formatError(source, `expected ${LENGTH_BYTES} bytes of header length; found ${bytes.length} bytes in all`);
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) {
    throw formatError(source, `bytes 0 to 7: expected a header of at most ${MAX_HEADER_BYTES} bytes; found ${length}`);
  }
  const end = LENGTH_BYTES + length;
  if (end > bytes.length) {
    throw formatError(source, `expected a header of ${length} bytes from byte 8; the file ends at ${bytes.length}`);
  }
  try {
    // A byte order mark is kept, for the reader to refuse.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { text: decoder.decode(bytes.subarray(LENGTH_BYTES, end)), end };
  } catch (cause) {
    throw formatError(source, 'expected a header in UTF-8; found other bytes', { cause });
  }
}

function readHeader(reader: HeaderReader): { entries: Entry[]; metadata: Map<string, string> } {
  const entries: Entry[] = [];
  const metadata = new Map<string, string>();
  reader.object((name) => {
    if (name === '__metadata__') reader.object((key) => metadata.set(key, reader.string()));
    else entries.push(readEntry(reader, name));
  });
  reader.end();
  return { entries, metadata };
}

function readEntry(reader: HeaderReader, name: string): Entry {
  let dtype: DtypeName | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  reader.object((field) => {
    if (field === 'dtype') dtype = readDtype(reader, name);
    else if (field === 'shape') shape = reader.integers(MAX_DIMENSIONS);
    else if (field === 'data_offsets') offsets = reader.integers(2);
    else
      throw reader.error(
        `tensor ${quote(name)}: expected dtype, shape and data_offsets; found the field ${quote(field)}`,
      );
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    throw reader.error(`tensor ${quote(name)}: expected all of dtype, shape and data_offsets before here`);
  }
  if (offsets.length !== 2) {
    throw reader.error(`tensor ${quote(name)}: expected 2 data_offsets, begin and end; found ${offsets.length}`);
  }
  return { name, dtype, shape, begin: offsets[0], end: offsets[1] };
}

function readDtype(reader: HeaderReader, name: string): DtypeName {
  const dtype = reader.string();
  if (!isDtype(dtype)) {
    const read = Object.keys(dtypes).join(', ');
    throw reader.error(`tensor ${quote(name)}: expected a dtype of ${read}; found ${quote(dtype)}. Convert the tensor`);
  }
  return dtype;
}

const isDtype = (text: string): text is DtypeName => Object.hasOwn(dtypes, text);

function checkLayout(entries: readonly Entry[], payloadBytes: number, source: string): void {
  let covered = 0;
  for (const { name, dtype, shape, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const size = sizeOf(shape) * dtypes[dtype].bytes;
    if (begin !== covered || end - begin !== size) {
      throw formatError(
        source,
        `tensor ${quote(name)}, ${dtype} [${shape}]: expected data_offsets [${covered}, ${covered + size}], ` +
          `after the tensor before it and ${size} bytes long; found [${begin}, ${end}]`,
      );
    }
    covered = end;
  }
  if (covered !== payloadBytes) {
    throw formatError(source, `expected ${covered} bytes of tensor data after the header; found ${payloadBytes}`);
  }
}
