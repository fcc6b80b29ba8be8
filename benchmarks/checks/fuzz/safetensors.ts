import { isDeepStrictEqual } from 'node:util';
import { HeddleError } from '../../../src/errors.js';
import { decodeSafetensors, encodeSafetensors } from '../../../src/formats/safetensors.js';
import {
  bfloat16,
  type Dtype,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  isConverted,
  uint8,
  uint16,
  uint32,
  uint64,
} from './elements.js';
import { otherKind } from './otherKinds.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

export const safetensorsReader: FuzzedReader = {
  name: 'safetensors',
  codes: ['FORMAT'],
  share: 10,
  prepare(random) {
    if (random.chance(0.03)) {
      const other = otherKind(random, 'safetensors');
      return () => checkSafetensors(other, undefined);
    }
    if (random.chance(1 / 20_000)) return largestHeader(random);
    const header = tensorHeader(random);
    const payload = random.bytes(header.payloadBytes);
    if (random.chance(0.5)) spoil(random, header);
    const bytes = safetensorsFile(headerText(random, header), payload);
    if (random.chance(0.6)) return () => checkSafetensors(bytes, isRight(header));
    const damaged = damage(random, bytes);
    return () => checkSafetensors(damaged, undefined);
  },
};

/** The most that the cap on headers allows to be read; time and memory are what matter. */
function largestHeader(random: Random): () => void {
  const [value, last] = random.pick([
    ['{"dtype":"F32","shape":[0],"data_offsets":[0,0]}', '}'],
    ['""', '}}'],
  ]);
  let text = last === '}' ? '{' : '{"__metadata__":{';
  for (let i = 0; text.length < 2 ** 20 - 100; i++) text += `${i > 0 ? ',' : ''}"${i.toString(36)}":${value}`;
  const bytes = safetensorsFile(text + last, new Uint8Array(0));
  return () => {
    decodeSafetensors(bytes);
  };
}

interface Entry {
  name: string;
  dtype: string;
  shape: unknown[];
  offsets: unknown[];
}

interface Header {
  readonly entries: Entry[];
  readonly metadata: [string, string][];
  readonly payloadBytes: number;
}

const dtypes: Readonly<Record<string, Dtype>> = {
  F16: float16,
  BF16: bfloat16,
  F32: float32,
  F64: float64,
  I64: int64,
  I8: int8,
  U8: uint8,
  I16: int16,
  U16: uint16,
  I32: int32,
  U32: uint32,
  U64: uint64,
  BOOL: uint8,
  F8_E4M3: uint8,
  F8_E5M2: uint8,
  F8_E8M0: uint8,
  F8_E4M3FNUZ: uint8,
  F8_E5M2FNUZ: uint8,
};
/** Bits of an element of those that come as bytes, in which several elements share one or one has several. */
const bits: Readonly<Record<string, number>> = { F4: 4, F6_E2M3: 6, F6_E3M2: 6, C64: 64 };
const bitsOf = (dtype: string) => bits[dtype] ?? 8 * dtypes[dtype].bytes;
const dtypeNames = [...Object.keys(dtypes), ...Object.keys(bits)];
const names = ['a', 'b', '', 'layer.0.weight', 'größe', '"\\\n\u0000', '\ud800', 'constructor', '7', 'x'.repeat(300)];

/** Tensors that lie one after the other, listed in any order. */
function tensorHeader(random: Random): Header {
  let end = 0;
  const entries = names
    .filter(() => random.chance(0.3))
    .map((name) => {
      const dtype = random.pick(dtypeNames);
      const shape = Array.from({ length: random.below(4) }, () => random.below(4));
      const begin = end;
      // A number of elements that leaves part of a byte is not right.
      end += Math.ceil(shape.reduce((product, size) => product * size, bitsOf(dtype)) / 8);
      return { name, dtype, shape, offsets: [begin, end] };
    });
  if (random.chance(0.5)) entries.reverse();
  const metadata = [...names, '__metadata__']
    .filter(() => random.chance(0.1))
    .map((name): [string, string] => [name, random.pick(names)]);
  return { entries, metadata, payloadBytes: end };
}

/** Makes one thing about the tensors wrong, or at least unusual. */
function spoil(random: Random, { entries, metadata }: Header): void {
  if (entries.length === 0) return;
  const entry = random.pick(entries);
  const value = () => random.pick<unknown>([random.size(), -1, 0.5, '1', null, true, [1], {}]);
  const changes = [
    () => entries.push({ ...entry }),
    () => entries.push({ ...entry, shape: [0], offsets: [entry.offsets[0], entry.offsets[0]] }),
    () => metadata.push(['k', '1'], ['k', '2']),
    () => metadata.push(['__proto__', '']),
    () => (entry.name = random.pick(['__proto__', 'c', random.pick(names)])),
    () => (entry.dtype = random.pick([...dtypeNames, 'I4', 'f32', 'toString', ''])),
    () => (entry.shape[random.below(entry.shape.length + 1)] = value()),
    () => (entry.shape = Array.from({ length: random.pick([5, 64, 65, 300]) }, () => random.pick([0, 1, 2 ** 52]))),
    () => (entry.offsets[random.below(3)] = value()),
    () => (entry.offsets = entry.offsets.map((offset) => Number(offset) + random.pick([-4, -1, 1, 4, 8]))),
    () => (entry.offsets = entry.offsets.toReversed()),
    () => entries.splice(entries.indexOf(entry), 1),
  ];
  random.pick(changes)();
}

/** JSON by hand, which can say a key twice. */
function headerText(random: Random, { entries, metadata }: Header): string {
  const space = () => (random.chance(0.95) ? '' : random.pick([' ', '\n\t', '     ']));
  const pair = (key: string, value: string) =>
    `${space()}${JSON.stringify(key)}${space()}:${space()}${value}${space()}`;
  const object = (pairs: readonly string[]) => `{${pairs.join()}}`;
  const tensors = entries.map(({ name, dtype, shape, offsets }) => {
    const fields = [['dtype', dtype] as const, ['shape', shape] as const, ['data_offsets', offsets] as const];
    if (random.chance(0.3)) fields.reverse();
    return pair(name, object(fields.map(([key, value]) => pair(key, JSON.stringify(value)))));
  });
  const strings = metadata.map(([key, value]) => pair(key, JSON.stringify(value)));
  return object(strings.length > 0 ? [pair('__metadata__', object(strings)), ...tensors] : tensors) + space();
}

export function safetensorsFile(header: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + payload.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(payload, 8 + json.length);
  return bytes;
}

/** Says by exact arithmetic whether the format allows a header. */
function isRight({ entries, metadata, payloadBytes }: Header): boolean {
  const isWhole = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
  const keysAreRight = [entries.map(({ name }) => name), metadata.map(([key]) => key)].every(
    (keys) => new Set(keys).size === keys.length && !keys.includes('__proto__'),
  );
  const valuesAreRight = entries.every(
    ({ dtype, shape, offsets }) =>
      dtypeNames.includes(dtype) && shape.length <= 64 && offsets.length === 2 && [...shape, ...offsets].every(isWhole),
  );
  if (!keysAreRight || !valuesAreRight) return false;
  let end = 0n;
  const ranges = entries.map(({ dtype, shape, offsets }) => ({
    begin: BigInt(Number(offsets[0])),
    end: BigInt(Number(offsets[1])),
    size: shape.reduce<bigint>((product, size) => product * BigInt(Number(size)), BigInt(bitsOf(dtype))),
  }));
  for (const range of ranges.sort((a, b) => Number(a.begin - b.begin || a.end - b.end))) {
    if (range.begin !== end || 8n * (range.end - range.begin) !== range.size) return false;
    end = range.end;
  }
  return end === BigInt(payloadBytes);
}

/** Reads a file and holds the outcome against what is known of it, and what was read against JSON.parse's reading. */
export function checkSafetensors(bytes: Uint8Array, right: boolean | undefined): void {
  let decoded: ReturnType<typeof decodeSafetensors>;
  try {
    decoded = decodeSafetensors(bytes);
  } catch (error) {
    expectThat(!(error instanceof HeddleError && right), `refused a right file: ${error}`);
    throw error;
  }
  expectThat(right !== false, 'took a wrong file');
  const { tensors, metadata } = decoded;
  const payload = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__ = {}, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, payload)));
  expectThat(isDeepStrictEqual(Object.fromEntries(metadata), __metadata__), 'read other metadata');
  expectThat(isDeepStrictEqual([...tensors.keys()].sort(), Object.keys(entries).sort()), 'read other names');
  for (const [name, { shape, data }] of tensors) {
    const [begin, end] = entries[name].data_offsets;
    const stored = Buffer.from(bytes.subarray(payload + begin, payload + end));
    const dtype = dtypes[entries[name].dtype] ?? uint8;
    expectThat(
      isDeepStrictEqual(shape, entries[name].shape) && isConverted(data, dtype, stored),
      `read ${name} otherwise`,
    );
  }
  const encoded = encodeSafetensors(tensors, Object.fromEntries(metadata));
  expectThat(isDeepStrictEqual(decodeSafetensors(encoded), decoded), 'what was read does not survive writing');
}
