/*
 * TFRecord, after TensorFlow's core/lib/io/record_writer.cc: of each record its length in eight bytes, that length's checksum, the
 * data, and their checksum, all little-endian.
 */

/** What remains of each byte when it is divided by Castagnoli's polynomial, the lowest bit first. */
const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  return remainder;
});

/** CRC-32C, as in RFC 3720, B.4. */
export function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ remainders[(crc ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}

/** A checksum that may itself lie among data of which one is taken. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const HEAD_BYTES = 12;

export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEAD_BYTES + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, HEAD_BYTES);
  view.setUint32(HEAD_BYTES + data.length, maskedCrc(data), true);
  return record;
}
