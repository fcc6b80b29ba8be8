import { zipSync } from 'fflate';
import { loadArrays } from '../../../src/datasets/numpy.js';
import { HeddleError } from '../../../src/errors.js';
import { encodeNpy } from '../../../src/formats/npy.js';
import { npzOf } from '../../../src/formats/npz.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

/** Archives of images and labels in any names, shapes and types, packed or not, wrong ones and damaged ones. */
export const npzReader: FuzzedReader = {
  name: 'npz',
  codes: ['FORMAT'],
  share: 4,
  prepare(random) {
    const arrays = randomArrays(random);
    const entries = Object.entries(arrays).map(([name, { bytes }]) => [`${name}.npy`, bytes] as const);
    const archive = zipSync(Object.fromEntries(entries), { level: random.pick([0, 1, 9]) });
    if (random.chance(0.5)) return () => checkNpz(archive, arrays, true);
    const damaged = damage(random, archive);
    return () => checkNpz(damaged, arrays, false);
  },
};

interface StoredArray {
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  /** Whether its numbers are what it should hold. */
  readonly isRight: boolean;
}
type Arrays = Readonly<Record<string, StoredArray>>;

const names = [
  ['x_train', 'y_train', 'x_test', 'y_test'],
  ['train_images', 'train_labels', 'val_images', 'val_labels'],
  ['Images', 'Labels'],
  ['a', 'b'],
];

function randomArrays(random: Random): Arrays {
  const arrays: Record<string, StoredArray> = {};
  const used = random.pick(names);
  for (let i = 0; i < used.length; i += 2) {
    const count = random.below(4) + (random.chance(0.9) ? 1 : 0);
    arrays[used[i]] = images(random, count);
    arrays[used[i + 1]] = labels(random, random.chance(0.95) ? count : count + 1);
  }
  if (random.chance(0.05)) delete arrays[random.pick(Object.keys(arrays))];
  return arrays;
}

const shapes = [
  (h: number, w: number) => [h, w],
  (h: number, w: number) => [h, w, 3],
  (h: number, w: number) => [1, h, w],
];

function images(random: Random, count: number): StoredArray {
  const [height, width] = [2 + random.below(3) * 2, 2 + random.below(3) * 2];
  const wrongShape = random.chance(0.05);
  const shape = [count, ...(wrongShape ? [height, width, 7] : random.pick(shapes)(height, width))];
  const pixels = random.bytes(shape.reduce((product, length) => product * length));
  if (!random.chance(0.3)) return stored(shape, pixels, !wrongShape && count > 0);
  const wrong = random.chance(0.1) && pixels.length > 0 ? random.pick([256, -1, 0.5, Number.NaN]) : undefined;
  const floats = Float32Array.from(pixels);
  if (wrong !== undefined) floats[random.below(floats.length)] = wrong;
  // The largest tells floats of bytes from floats of 0 to 1.
  if (floats.length > 1) floats[0] = floats[1] = 255;
  const isRight =
    !wrongShape && count > 0 && floats.every((value) => Number.isInteger(value) && value >= 0 && value <= 255);
  return stored(shape, floats, isRight);
}

function labels(random: Random, count: number): StoredArray {
  const shape = random.pick([[count], [count], [count, 1], [count, 2]]);
  const data = Int32Array.from({ length: count * (shape[1] ?? 1) }, () => random.below(10));
  if (random.chance(0.05) && count > 0) data[0] = random.pick([-1, 65_536, 2 ** 31 - 1]);
  return stored(shape, data, shape[1] !== 2 && data.every((label) => label >= 0 && label < 65_536));
}

const stored = (
  shape: readonly number[],
  data: Uint8Array | Int32Array | Float32Array,
  isRight: boolean,
): StoredArray => ({
  bytes: encodeNpy({ shape: [...shape], data } as never),
  shape,
  data,
  isRight,
});

/** Reads an archive, and holds what comes out against what went in: damage may hide an array, and change none. */
async function checkNpz(archive: Uint8Array, arrays: Arrays, isWhole: boolean): Promise<void> {
  const isRight = isWhole && canBeRead(arrays);
  try {
    const files = await npzOf(archive, 'fuzz');
    for (const name of files.names) {
      const bytes = await files.read(name);
      if (isWhole) expectThat(Buffer.compare(bytes, arrays[name].bytes) === 0, `read other bytes of ${name}`);
    }
    const pictures = await loadArrays('fuzz', 'npz', files);
    if (!pictures) expectThat(!isRight, 'found no images in a right archive');
    else if (isWhole) expectThat(isRight, 'took wrong images or labels');
    for (const { inputs, targets, count, shape } of pictures ? [pictures.train] : []) {
      const size = shape[0] * shape[1] * shape[2];
      expectThat(inputs.length === count * size && targets.length === count, 'gave arrays that do not fit each other');
    }
  } catch (error) {
    expectThat(!(error instanceof HeddleError && isRight), `refused a right archive: ${error}`);
    throw error;
  }
}

function canBeRead(arrays: Arrays): boolean {
  const used = names.find((some) => some.some((name) => arrays[name]));
  if (!used || used[0] === 'a') return false;
  const pairs = [used.slice(0, 2), used.slice(2)].filter((pair) => pair.some((name) => arrays[name]));
  return (
    used.slice(0, 2).some((name) => arrays[name]) &&
    pairs.every(([first, second]) => {
      const [x, y] = [arrays[first], arrays[second]];
      return x?.isRight && y?.isRight && x.shape[0] === y.shape[0];
    })
  );
}
