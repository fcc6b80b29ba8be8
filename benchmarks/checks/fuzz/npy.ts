import { isDeepStrictEqual } from 'node:util';
import { HeddleError } from '../../../src/errors.js';
import { decodeNpy, encodeNpy } from '../../../src/formats/npy.js';
import { rowMajor } from '../../../src/tensor/view.js';
import {
  bigEndian,
  bool,
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
  wide,
} from './elements.js';
import { otherKind } from './otherKinds.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

/** What a notebook hands over, in any dtype, order and version, dicts written in any style, and wrong ones of each. */
export const npyReader: FuzzedReader = {
  name: 'npy',
  codes: ['FORMAT'],
  share: 6,
  prepare(random) {
    if (random.chance(0.03)) {
      const other = otherKind(random, 'npy');
      return () => checkNpy(other, undefined, undefined);
    }
    const array = randomArray(random);
    const wrong = random.chance(0.4);
    const bytes = npyFile(random, array, wrong);
    if (random.chance(0.6)) return () => checkNpy(bytes, wrong ? undefined : array, !wrong);
    const damaged = damage(random, bytes);
    return () => checkNpy(damaged, undefined, undefined);
  },
};

interface StoredArray {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly payload: Buffer;
}

const numbers: Readonly<Record<string, Dtype>> = {
  f2: float16,
  f4: float32,
  f8: float64,
  i2: int16,
  u2: uint16,
  i4: wide(int32),
  u4: wide(uint32),
  i8: int64,
  u8: uint64,
};
const dtypes: Readonly<Record<string, Dtype>> = {
  '|b1': bool,
  '|i1': int8,
  '|u1': uint8,
  ...Object.fromEntries(Object.entries(numbers).map(([name, dtype]) => [`<${name}`, dtype])),
  ...Object.fromEntries(Object.entries(numbers).map(([name, dtype]) => [`>${name}`, bigEndian(dtype)])),
};

function randomArray(random: Random): StoredArray {
  const descr = random.pick(Object.keys(dtypes));
  const axes = random.chance(0.98) ? random.below(5) : 64;
  const shape = Array.from({ length: axes }, () => (axes === 64 ? 1 : random.below(5)));
  const size = shape.reduce((product, length) => product * length, dtypes[descr].bytes);
  return { descr, fortranOrder: random.chance(0.5), shape, payload: Buffer.from(random.bytes(size)) };
}

/** @param wrong whether one thing is to be what the format, or the reader, does not allow */
function npyFile(random: Random, { descr, fortranOrder, shape, payload }: StoredArray, wrong: boolean): Uint8Array {
  const space = () => (random.chance(0.9) ? '' : random.pick([' ', '   ', '\n', '\t']));
  const mark = random.pick(['"', "'"]);
  const item = (key: string, value: string) => `${space()}${mark}${key}${mark}${space()}:${space()}${value}${space()}`;
  const comma = shape.length === 1 || random.chance(0.2) ? ',' : '';
  const lengths = shape.map((length) => `${space()}${length}${space()}`).join() + (shape.length > 0 ? comma : '');
  const items = [
    item('descr', `${mark}${descr}${mark}`),
    item('fortran_order', fortranOrder ? 'True' : 'False'),
    item('shape', `(${lengths})`),
  ];
  if (random.chance(0.3)) items.reverse();
  let [dict, version, extra] = [`{${items.join()}${random.pick(['', ',', ', '])}}`, random.pick([1, 2, 3]), 0];
  const spoil = random.pick([
    () => (dict = dict.replace(descr, random.pick(['|f4', '|O', '<c8', '', '<f4,<f4', 'toString', '=i4', '<u1']))),
    () => (dict = dict.replace(/True|False/, random.pick(['true', '1', '', 'None', `${mark}True${mark}`]))),
    () =>
      (dict = dict.replace(/\([^)]*\)/, random.pick(['', '()()', '(1)', '[1,]', '(,)', '(-1,)', '(1e0,)', '(01,)']))),
    () => (dict = dict.replace(/\([^)]*\)/, `(${`${random.pick([1, 0, 2 ** 53])}, `.repeat(65)})`)),
    () => (dict = dict.replace(/descr|fortran_order|shape/g, random.pick(['shape', 'descr', '__proto__', '']))),
    () => (dict = dict.replace(random.pick(['{', '}', ':']), random.pick(['', '(', '::', '\\']))),
    () => (dict = dict.padEnd(random.pick([10_001, 60_000]))),
    () => (version = random.pick([0, 4, 255])),
    () => (extra = random.pick(payload.length > 0 ? [-1, 1, 8] : [1, 8])),
  ]);
  if (wrong) spoil();
  const header = Buffer.from(`${dict.padEnd(random.pick([0, 64, 118]))}${random.pick(['', '\n'])}`);
  const prefix = Buffer.alloc(version === 1 ? 10 : 12);
  prefix.write('\x93NUMPY', 'latin1');
  prefix[6] = version;
  prefix.writeUIntLE(header.length, 8, prefix.length - 8);
  const elements = extra < 0 ? payload.subarray(0, extra) : Buffer.concat([payload, random.bytes(extra)]);
  return new Uint8Array(Buffer.concat([prefix, header, elements]));
}

/** @param wanted what there is, if that is known; @param right whether it must be read, undefined when it may be neither */
export function checkNpy(bytes: Uint8Array, wanted: StoredArray | undefined, right: boolean | undefined): void {
  let tensor: ReturnType<typeof decodeNpy>;
  try {
    tensor = decodeNpy(bytes);
  } catch (error) {
    expectThat(!(error instanceof HeddleError && right), `refused a right file: ${error}`);
    throw error;
  }
  expectThat(right !== false, 'took a wrong file');
  if (wanted) {
    const { shape, stride, data } = tensor;
    expectThat(isDeepStrictEqual([shape, stride], [wanted.shape, stridesOf(wanted)]), `read [${shape}] by [${stride}]`);
    expectThat(isConverted(data, dtypes[wanted.descr], wanted.payload), 'read other elements');
  }
  const again = decodeNpy(encodeNpy(tensor));
  // Numbers rather than bytes: a copy may make one of NaN's bit patterns of another.
  const same = isDeepStrictEqual([again.shape, [...again.data]], [tensor.shape, [...rowMajor(tensor)]]);
  expectThat(same, 'what was read does not survive writing');
}

const stridesOf = ({ fortranOrder, shape }: StoredArray) =>
  shape.map((_, axis) =>
    (fortranOrder ? shape.slice(0, axis) : shape.slice(axis + 1)).reduce((product, length) => product * length, 1),
  );
