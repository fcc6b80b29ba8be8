import { hash } from '../../../src/tensor/random.js';

/** What makes one input: the same numbers for the same seed and input, whatever came before. */
export class Random {
  readonly #key: readonly [number, number];
  #drawn = 0;

  constructor(seed: number, input: number) {
    this.#key = [hash([seed, 0], input), hash([seed, 1], input)];
  }

  /** A whole number from 0 to `count` − 1. */
  below(count: number): number {
    return Math.floor((hash(this.#key, this.#drawn++) / 2 ** 32) * count);
  }

  chance(probability: number): boolean {
    return this.below(2 ** 32) < probability * 2 ** 32;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** A size: mostly small, at times one at which something overflows. */
  size(): number {
    return this.chance(0.9) ? this.below(5) : this.pick(edges);
  }
}

const edges = [
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 52,
  2 ** 53 - 1,
  2 ** 53,
  1e300,
];

/** Damages bytes in one to three places: bits, single bytes, and parts cut, doubled, overwritten or put in. */
export function damage(random: Random, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let damaged = Uint8Array.from(bytes);
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(damaged.length + 1);
    const end = Math.min(damaged.length, at + 1 + random.below(random.pick([4, 64])));
    const [before, part, after] = [damaged.subarray(0, at), damaged.subarray(at, end), damaged.subarray(end)];
    const changes = [
      () => [before, part.map((byte, i) => (i === 0 ? byte ^ (1 << random.below(8)) : byte)), after],
      () => [before, part.map((byte, i) => (i === 0 ? random.pick([0, 1, 0x22, 0x7f, 0x80, 0xff]) : byte)), after],
      () => [before, after],
      () => [before, part, part, after],
      () => [before, random.bytes(part.length), after],
      () => [before, random.bytes(1 + random.below(8)), part, after],
      () => [before],
      () => [damaged, new Uint8Array(1 + random.below(4))],
    ];
    damaged = new Uint8Array(Buffer.concat(random.pick(changes)()));
  }
  return damaged;
}
