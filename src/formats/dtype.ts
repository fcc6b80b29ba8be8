import type { StoredArray } from '../tensor/view.js';

/** A type that elements have in a file, little-endian, and how they become one that tensors have here. */
export interface Dtype<T extends StoredArray = StoredArray> {
  /** The bytes of one element; a fraction where several share a byte. */
  readonly bytes: number;
  /** Reads elements from bytes at any offset, of a length that is a multiple of an element's. */
  readonly read: (bytes: Uint8Array) => T;
}

/** Elements that become float32 one by one. */
function widened(bytes: number, value: (view: DataView, place: number) => number): Dtype<Float32Array<ArrayBuffer>> {
  const read = (file: Uint8Array) => {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const values = new Float32Array(view.byteLength / bytes);
    for (let i = 0; i < values.length; i++) values[i] = value(view, i * bytes);
    return values;
  };
  return { bytes, read };
}

/** Elements that stay as they are, to the bits of NaN, in an array of their own: wider elements must be aligned. */
const kept = <T extends StoredArray>(Kind: {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): T;
}): Dtype<T> => ({
  bytes: Kind.BYTES_PER_ELEMENT,
  read: (bytes) => new Kind(copy(bytes)),
});

/** Elements that no array has: their bytes. */
const opaque = (bytes: number): Dtype<Uint8Array<ArrayBuffer>> => ({
  bytes,
  read: (file) => new Uint8Array(copy(file)),
});

/** The same elements, each with its highest byte first. */
export const bigEndian = <T extends StoredArray>({ bytes, read }: Dtype<T>): Dtype<T> => ({
  bytes,
  read: (file) => {
    const swapped = new Uint8Array(file.length);
    for (let i = 0; i < file.length; i++) swapped[i] = file[i - (i % bytes) + bytes - 1 - (i % bytes)];
    return read(swapped);
  },
});

/** The steps between neighbouring float16 numbers, by their exponent bits; subnormal ones (0) lie as close as those of 1. */
const float16Steps = Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));

/** IEEE 754 binary16: a sign, 5 bits of exponent and 10 of fraction. */
function fromFloat16(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (fraction + (exponent ? 1024 : 0)) * float16Steps[exponent];
}

export const float16 = widened(2, (view, place) => fromFloat16(view.getUint16(place, true)));

/** Rounded to the nearest float32, ties to even; beyond its range infinite. */
export const float64 = widened(8, (view, place) => view.getFloat64(place, true));

export const bool = widened(1, (view, place) => Number(view.getUint8(place) !== 0));
export const int8 = widened(1, (view, place) => view.getInt8(place));
export const uint8 = widened(1, (view, place) => view.getUint8(place));
export const int16 = widened(2, (view, place) => view.getInt16(place, true));
export const uint16 = widened(2, (view, place) => view.getUint16(place, true));

/** The upper half of a float32, whose bits all stay as they are. */
export const bfloat16: Dtype<Float32Array<ArrayBuffer>> = {
  bytes: 2,
  read: (bytes) => {
    const bits = new Uint32Array(new Uint16Array(copy(bytes)));
    for (let i = 0; i < bits.length; i++) bits[i] <<= 16;
    return new Float32Array(bits.buffer);
  },
};

export const float32 = kept<Float32Array<ArrayBuffer>>(Float32Array);
export const int64 = kept<BigInt64Array<ArrayBuffer>>(BigInt64Array);
export const uint64 = kept<BigUint64Array<ArrayBuffer>>(BigUint64Array);

/** Elements that become int64. */
const wideIntegers = (Kind: Int32ArrayConstructor | Uint32ArrayConstructor): Dtype<BigInt64Array<ArrayBuffer>> => ({
  bytes: 4,
  read: (bytes) => {
    const narrow = new Kind(copy(bytes));
    const values = new BigInt64Array(narrow.length);
    for (let i = 0; i < values.length; i++) values[i] = BigInt(narrow[i]);
    return values;
  },
});

export const int32 = wideIntegers(Int32Array);
export const uint32 = wideIntegers(Uint32Array);

/** What becomes a parameter or a counter. */
export const modelDtypes = { F16: float16, BF16: bfloat16, F32: float32, F64: float64, I64: int64 };

/** Integers that no parameter is made of, which files hold beside weights. */
export const integers = {
  I8: kept<Int8Array<ArrayBuffer>>(Int8Array),
  U8: kept<Uint8Array<ArrayBuffer>>(Uint8Array),
  I16: kept<Int16Array<ArrayBuffer>>(Int16Array),
  U16: kept<Uint16Array<ArrayBuffer>>(Uint16Array),
  I32: kept<Int32Array<ArrayBuffer>>(Int32Array),
  U32: kept<Uint32Array<ArrayBuffer>>(Uint32Array),
  U64: uint64,
};

/** A buffer of their own. Not by slice, which in Node's Buffer does not copy. */
const copy = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** All of safetensors' types that are neither a parameter's nor a counter's. */
export type OtherDtype =
  | 'I8'
  | 'U8'
  | 'I16'
  | 'U16'
  | 'I32'
  | 'U32'
  | 'U64'
  | 'BOOL'
  | 'F8_E4M3'
  | 'F8_E5M2'
  | 'F8_E8M0'
  | 'F8_E4M3FNUZ'
  | 'F8_E5M2FNUZ'
  | 'F6_E2M3'
  | 'F6_E3M2'
  | 'F4'
  | 'C64';

/** What else a safetensors file may hold, all of its types (safetensors/src/tensor.rs, Dtype): integers, and bytes of the others. */
export const otherDtypes = {
  ...integers,
  BOOL: opaque(1),
  F8_E4M3: opaque(1),
  F8_E5M2: opaque(1),
  F8_E8M0: opaque(1),
  F8_E4M3FNUZ: opaque(1),
  F8_E5M2FNUZ: opaque(1),
  F6_E2M3: opaque(3 / 4),
  F6_E3M2: opaque(3 / 4),
  F4: opaque(1 / 2),
  C64: opaque(8),
} satisfies Record<OtherDtype, unknown>;

/** safetensors' name for the elements of an array of this kind, as F32 for a Float32Array. */
export const elementName = (kind: string) => kind.replace(/^(?:Big)?(F|I|U)[a-z]+(\d+)Array$/, '$1$2');
