import type { StoredArray } from '../../../src/tensor/view.js';

/** A type of elements in files, and what reading them is held against. */
export interface Dtype {
  readonly bytes: number;
  /** The value of the element at a byte; NaN need not keep its bits. */
  readonly value: (file: Buffer, at: number) => number | bigint;
  /** The bits that it becomes, where they are certain. */
  readonly bits?: (file: Buffer, at: number) => number;
}

export const float16: Dtype = { bytes: 2, value: (file, at) => ieeeHalf(file.readUInt16LE(at)) };
export const bfloat16: Dtype = {
  bytes: 2,
  value: (file, at) => Buffer.of(0, 0, file[at], file[at + 1]).readFloatLE(),
  bits: (file, at) => file.readUInt16LE(at) * 65_536,
};
export const float32: Dtype = {
  bytes: 4,
  value: (file, at) => file.readFloatLE(at),
  bits: (file, at) => file.readUInt32LE(at),
};
export const float64: Dtype = { bytes: 8, value: (file, at) => Math.fround(file.readDoubleLE(at)) };
export const bool: Dtype = { bytes: 1, value: (file, at) => (file[at] === 0 ? 0 : 1) };
export const int8: Dtype = { bytes: 1, value: (file, at) => file.readInt8(at) };
export const uint8: Dtype = { bytes: 1, value: (file, at) => file[at] };
export const int16: Dtype = { bytes: 2, value: (file, at) => file.readInt16LE(at) };
export const uint16: Dtype = { bytes: 2, value: (file, at) => file.readUInt16LE(at) };
export const int32: Dtype = { bytes: 4, value: (file, at) => file.readInt32LE(at) };
export const uint32: Dtype = { bytes: 4, value: (file, at) => file.readUInt32LE(at) };
export const int64: Dtype = { bytes: 8, value: (file, at) => file.readBigInt64LE(at) };
export const uint64: Dtype = { bytes: 8, value: (file, at) => file.readBigUInt64LE(at) };

/** Integers that become 64-bit ones. */
export const wide = ({ bytes, value }: Dtype): Dtype => ({ bytes, value: (file, at) => BigInt(value(file, at)) });

/** Elements whose highest byte comes first. */
export const bigEndian = ({ bytes, value }: Dtype): Dtype => ({
  bytes,
  value: (file, at) => value(Buffer.from(file.subarray(at, at + bytes)).reverse(), 0),
});

/** IEEE 754's binary16, by its definition. */
function ieeeHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) % 32, (bits % 1024) / 1024];
  if (exponent === 31) return fraction > 0 ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

/** Whether elements were read as they should be. */
export function isConverted(data: StoredArray, { bytes, value, bits }: Dtype, file: Buffer): boolean {
  const found = new DataView(data.buffer);
  return (
    data.length * bytes === file.length &&
    Array.from<number | bigint>(data).every(
      (element, i) =>
        Object.is(element, value(file, i * bytes)) && (!bits || found.getUint32(4 * i, true) === bits(file, i * bytes)),
    )
  );
}
