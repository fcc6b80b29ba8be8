import { isDeepStrictEqual } from 'node:util';
import { decodeCache, encodeCache, type KeptPictures } from '../../../src/datasets/imageFolder/cache.js';
import { otherKind } from './otherKinds.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

const FILES = 9;

export const pictureCacheReader: FuzzedReader = {
  name: 'picture cache',
  codes: ['FORMAT', 'ARGUMENT'],
  share: 2,
  prepare(random) {
    if (random.chance(0.03)) {
      const other = otherKind(random, 'safetensors');
      return () => checkCache(other);
    }
    const right = pictures(random);
    const kept = random.chance(0.4) ? spoiled(random, right) : right;
    const bytes = encodeCache(random.chance(0.95) ? 'key' : 'other', kept);
    const change = random.chance(0.4);
    const file = change ? damage(random, bytes) : bytes;
    return () => checkCache(file, kept);
  },
};

function pictures(random: Random): KeptPictures {
  const size = 1 + random.below(3);
  const places = Array.from({ length: FILES }, (_, place) => place).filter(() => random.chance(0.5));
  const transform = {
    type: 'resizeCrop',
    channels: random.pick([1, 3] as const),
    resize: size,
    crop: [size, size + 1],
  } as const;
  const some = () => [1 + random.below(9), 1 + random.size()] as const;
  return {
    transform,
    inputs: random.bytes(places.length * transform.channels * size * (size + 1)),
    places: Int32Array.from(places),
    unreadable: Array.from({ length: random.below(3) }, () => ({ file: random.pick(['a', '\u0000']), reason: 'b' })),
    sizes: { smallest: some(), median: some(), largest: some() },
  };
}

/** With one thing that is wrong, or at least unusual. */
function spoiled(random: Random, { places, transform, inputs, ...report }: KeptPictures): KeptPictures {
  const value = () => random.pick<unknown>([random.size(), -1, 0.5, '1', null, [1], {}]);
  const same = { places, transform, inputs, ...report };
  const changes: (() => object)[] = [
    () => ({ ...same, places: places.map((place) => place + random.pick([-1, 1, FILES])) }),
    () => ({ ...same, places: places.fill(random.below(FILES)) }),
    () => ({ ...same, transform: { ...transform, resize: value() } }),
    () => ({ ...same, transform: { ...transform, more: value() } }),
    () => ({ ...same, unreadable: random.pick([value(), [value()], [{ file: value(), reason: 'c' }]]) }),
    () => ({ ...same, sizes: random.pick([value(), { ...report.sizes, median: value() }]) }),
  ];
  return random.pick(changes)() as KeptPictures;
}

/** What is taken is what was kept, and fit for a data set. */
function checkCache(bytes: Uint8Array, kept?: KeptPictures): void {
  const read = decodeCache(bytes, 'key', FILES, 'fuzz');
  expectThat(isDeepStrictEqual(read, kept), 'read something else than was kept');
  expectThat(
    read.places.every((place) => place >= 0 && place < FILES),
    'took a place that is none',
  );
  expectThat(new Set(read.places).size === read.places.length, 'took a place twice');
}
