import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** CRC-32C bit by bit, masked as in TFRecord. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const rotated = BigInt.asUintN(32, BigInt(~crc));
  return Number(BigInt.asUintN(32, ((rotated >> 15n) | (rotated << 17n)) + 0xa282ead8n));
}

/** The data of the whole records of a file, which may end in the midst of one. Throws where a checksum is wrong. */
export function readRecords(file: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at + 12 <= file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== maskedCrc(file.subarray(at, at + 8))) throw new Error('checksum of a length');
    if (at + length + 16 > file.length) break;
    const data = file.subarray(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== maskedCrc(data)) throw new Error('checksum of data');
    records.push(data);
    at += length + 16;
  }
  return records;
}

/** A message's fields by number, each with what it was given: numbers of varints, bytes of all else. */
function fieldsOf(bytes: Uint8Array): Map<number, (Uint8Array | bigint)[]> {
  let at = 0;
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const varint = () => {
    for (let [value, shift] = [0n, 0n]; ; shift += 7n) {
      const [byte] = take(1);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const byWireType = [varint, () => take(8), () => take(Number(varint())), undefined, undefined, () => take(4)];
  const fields = new Map<number, (Uint8Array | bigint)[]>();
  while (at < bytes.length) {
    const key = Number(varint());
    const read = byWireType[key & 7];
    if (!read) throw new Error(`wire type ${key & 7}`);
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), read()]);
  }
  return fields;
}

type Fields = ReturnType<typeof fieldsOf>;

const bytesIn = (fields: Fields, number: number) => fields.get(number)?.at(-1) as Uint8Array | undefined;
const numberIn = (fields: Fields, number: number) => Number(fields.get(number)?.at(-1) ?? 0);
const textIn = (fields: Fields, number: number) =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesIn(fields, number));
const messageIn = (fields: Fields, number: number) => fieldsOf(bytesIn(fields, number) ?? new Uint8Array(0));
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export interface ReadValue {
  readonly tag: string;
  readonly scalar?: number;
  readonly text?: string;
  readonly plugin?: string;
  readonly image?: { width: number; height: number; colorspace: number; png: Uint8Array };
}

/** A Summary.Value; the numbers are those of summary.proto and tensor.proto. */
function readValue(bytes: Uint8Array): ReadValue {
  const value = fieldsOf(bytes);
  const tag = textIn(value, 1);
  const simple = bytesIn(value, 2);
  if (simple) return { tag, scalar: view(simple).getFloat32(0, true) };
  if (value.has(4)) {
    const image = messageIn(value, 4);
    const [height, width, colorspace] = [1, 2, 3].map((number) => numberIn(image, number));
    return { tag, image: { width, height, colorspace, png: Uint8Array.from(bytesIn(image, 4) ?? []) } };
  }
  const [tensor, metadata] = [messageIn(value, 8), messageIn(value, 9)];
  if (numberIn(tensor, 1) !== 7 || messageIn(tensor, 2).size > 0)
    throw new Error('expected a string without dimensions');
  return { tag, plugin: textIn(messageIn(metadata, 1), 1), text: textIn(tensor, 8) };
}

export interface ReadEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion?: string;
  /** SessionLog's. */
  readonly status?: number;
  readonly values?: readonly ReadValue[];
}

export function readEvent(data: Uint8Array): ReadEvent {
  const event = fieldsOf(data);
  const head = { wallTime: view(bytesIn(event, 1) as Uint8Array).getFloat64(0, true), step: numberIn(event, 2) };
  if (event.has(3)) return { ...head, fileVersion: textIn(event, 3) };
  if (event.has(7)) return { ...head, status: numberIn(messageIn(event, 7), 1) };
  const values = messageIn(event, 5).get(1) ?? [];
  return { ...head, values: values.map((value) => readValue(value as Uint8Array)) };
}

/** The events of each file of a folder, in the order in which TensorBoard reads the files. */
export const readFolder = (folder: string): ReadEvent[][] =>
  readdirSync(folder)
    .toSorted()
    .map((name) => readRecords(readFileSync(join(folder, name))).map(readEvent));

/** A scalar's curve as TensorBoard shows it: from the second file on, the start of a session takes its step, and all later ones,
 * from what was read before. */
export function curveOf(folder: string, tag: string): [step: number, value: number][] {
  let curve: [number, number][] = [];
  for (const { step, status, values = [] } of readFolder(folder).flat()) {
    if (status === 1) curve = curve.filter(([before]) => before < step);
    for (const value of values) if (value.tag === tag) curve.push([step, value.scalar as number]);
  }
  return curve;
}
