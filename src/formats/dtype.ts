/** A type that elements have in a file, little-endian, and how they become one that tensors have here. */
export interface Dtype {
  /** Of one element. */
  readonly bytes: number;
  /** Reads elements from bytes at any offset, of a length that is a multiple of an element's. */
  readonly read: (bytes: Uint8Array) => Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
}

/** Elements that become float32 one by one. */
function widened(bytes: number, value: (view: DataView, place: number) => number): Dtype {
  const read = (file: Uint8Array) => {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const values = new Float32Array(view.byteLength / bytes);
    for (let i = 0; i < values.length; i++) values[i] = value(view, i * bytes);
    return values;
  };
  return { bytes, read };
}

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

export const uint8 = widened(1, (view, place) => view.getUint8(place));

/** The upper half of a float32, whose bits all stay as they are. */
export const bfloat16: Dtype = {
  bytes: 2,
  read: (bytes) => {
    const bits = new Uint32Array(new Uint16Array(copy(bytes)));
    for (let i = 0; i < bits.length; i++) bits[i] <<= 16;
    return new Float32Array(bits.buffer);
  },
};

// Copied, so that the bits of NaN stay too.
export const float32: Dtype = { bytes: 4, read: (bytes) => new Float32Array(copy(bytes)) };
export const int64: Dtype = { bytes: 8, read: (bytes) => new BigInt64Array(copy(bytes)) };

export const int32: Dtype = {
  bytes: 4,
  read: (bytes) => {
    const narrow = new Int32Array(copy(bytes));
    const values = new BigInt64Array(narrow.length);
    for (let i = 0; i < values.length; i++) values[i] = BigInt(narrow[i]);
    return values;
  },
};

/** A buffer of their own: wider elements must be aligned. Not by slice, which in Node's Buffer does not copy. */
const copy = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
