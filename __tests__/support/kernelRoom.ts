import type { Kernels } from '../../src/kernels/kernels.js';
import type { Patches } from '../../src/kernels/patches.js';
import { referenceKernels } from '../../src/kernels/reference/index.js';
import { simdKernels } from '../../src/kernels/simd/index.js';
import { Arena } from '../../src/tensor/arena.js';
import { hashKey, uniform } from '../../src/tensor/random.js';

type Numbers = Float32Array | Float64Array | Int32Array;

interface Guarded {
  readonly view: Numbers;
  /** The view with its guard zones, as 32-bit words. */
  readonly words: Uint32Array;
  /** The words before the kernel ran. */
  readonly before: Uint32Array;
  readonly written: (element: number) => boolean;
  readonly kind: 'input' | 'output' | 'scratch';
}

const GUARD_WORDS = 16;
// Finite as a float32 and as a float64, and no kernel's result.
const SENTINEL = 0xdeadbeef;

/** Arrays for one kernel call, in arena memory, each between two guard zones of 64 bytes. */
export class Room {
  readonly arrays: Guarded[] = [];

  constructor(private readonly arena: Arena) {}

  /** An array that the kernel must leave as it is. */
  input(values: ArrayLike<number>): Float32Array {
    return this.add(Float32Array, values.length, { initial: values, kind: 'input', written: () => false });
  }

  inputInts(values: ArrayLike<number>): Int32Array {
    return this.add(Int32Array, values.length, { initial: values, kind: 'input', written: () => false });
  }

  /** An array that the kernel fills, or updates where there are initial values; only elements that are `written`. */
  output(length: number, options: { initial?: ArrayLike<number>; written?: (element: number) => boolean } = {}) {
    return this.add(Float32Array, length, { kind: 'output', written: () => true, ...options });
  }

  outputDoubles(
    length: number,
    written: (element: number) => boolean = () => true,
    initial: ArrayLike<number> = [],
  ): Float64Array {
    return this.add(Float64Array, length, { kind: 'output', written, initial });
  }

  outputInts(length: number, written: (element: number) => boolean = () => true): Int32Array {
    return this.add(Int32Array, length, { kind: 'output', written });
  }

  /** Working memory: what it holds afterwards is the kernel's own affair. */
  scratch(length: number): Float32Array {
    return this.add(Float32Array, length, { kind: 'scratch', written: () => true });
  }

  private add<T extends Numbers>(
    type: (new (
      buffer: SharedArrayBuffer,
      offset: number,
      length: number,
    ) => T) & { readonly BYTES_PER_ELEMENT: number },
    length: number,
    { initial, ...rest }: { initial?: ArrayLike<number> } & Pick<Guarded, 'kind' | 'written'>,
  ): T {
    const size = length * (type.BYTES_PER_ELEMENT / 4);
    const { buffer, byteOffset } = this.arena.int32(size + 2 * GUARD_WORDS);
    const words = new Uint32Array(buffer, byteOffset, size + 2 * GUARD_WORDS).fill(SENTINEL);
    const view = new type(buffer, byteOffset + 4 * GUARD_WORDS, length);
    if (initial) view.set(initial);
    this.arrays.push({ view, words, before: words.slice(), ...rest });
    return view;
  }
}

/** A call of a kernel on arrays that it takes from a room; `name` says in a failure which one it was. */
export interface KernelCase {
  readonly name: object;
  run(kernels: Kernels, room: Room): void;
}

/** Cases for kernels, by the kernel's name. */
export type KernelCases = Record<Exclude<keyof Kernels, 'name'>, () => KernelCase[]>;

const { memory } = new Arena();
const kernelSets = [referenceKernels, simdKernels(memory), simdKernels(memory, 'wide')];

/** What simd or wide does otherwise than reference, or a set outside its outputs, in words; nothing when all is well. */
export function differences({ name, run }: KernelCase): string[] {
  const arena = new Arena(memory);
  const rooms = kernelSets.map((kernels) => {
    const room = new Room(arena);
    run(kernels, room);
    return { kernels: kernels.name, room };
  });
  const problems = rooms.flatMap(({ kernels, room }) =>
    room.arrays.flatMap((array, index) => strayWrites(array).map((what) => `${kernels}: array ${index} ${what}`)),
  );
  const [reference, ...others] = rooms;
  for (const { kernels, room } of others)
    for (const [index, array] of reference.room.arrays.entries())
      if (array.kind !== 'scratch')
        problems.push(
          ...unequalElements(array, room.arrays[index]).map((what) => `array ${index} ${what} in ${kernels}`),
        );
  const title = JSON.stringify(name, (_key, value) => (typeof value === 'function' ? value.name : value));
  return problems.slice(0, 5).map((problem) => `${title}: ${problem}`);
}

function strayWrites({ view, words, before, written, kind }: Guarded): string[] {
  const problems: string[] = [];
  const wordsEach = view.BYTES_PER_ELEMENT / 4;
  for (let word = 0; word < words.length; word++) {
    const changed = words[word] !== before[word];
    if (!changed && (kind !== 'output' || words[word] !== SENTINEL)) continue;
    const element = Math.floor((word - GUARD_WORDS) / wordsEach);
    const inside = element >= 0 && element < view.length && written(element);
    if (changed && !inside) problems.push(`was written at ${element} of ${view.length}`);
    else if (!changed && inside) problems.push(`was not written at ${element}`);
  }
  return problems;
}

function unequalElements(first: Guarded, second: Guarded): string[] {
  const problems: string[] = [];
  const wordsEach = first.view.BYTES_PER_ELEMENT / 4;
  for (let element = 0; element < first.view.length; element++) {
    const word = GUARD_WORDS + element * wordsEach;
    let same = true;
    for (let w = word; w < word + wordsEach; w++) same &&= first.words[w] === second.words[w];
    const [a, b] = [first.view[element], second.view[element]];
    // A NaN's other bits are the one thing that WebAssembly leaves open.
    if (same || (Number.isNaN(a) && Number.isNaN(b))) continue;
    problems.push(`element ${element} is ${shown(a)} in reference and ${shown(b)}`);
  }
  return problems;
}

const shown = (value: number) => (Object.is(value, -0) ? '-0' : `${value}`);

const drawn = new Map<number, Float32Array>();

/** Numbers in −2 … 2, other ones for each `stream`. */
export function values(length: number, stream = 0): Float32Array {
  let known = drawn.get(stream);
  if (!known || known.length < length) {
    const key = hashKey(stream, 'initialize');
    known = Float32Array.from({ length }, (_, i) => 4 * uniform(key, i) - 2);
    drawn.set(stream, known);
  }
  return known.slice(0, length);
}

const SPECIAL = [
  -0,
  0,
  Number.NaN,
  1,
  Infinity,
  -1,
  -Infinity,
  1e-45,
  -1e-45,
  1.1754943508222875e-38,
  3.4028234663852886e38,
];

/** Zeros of both signs, NaN, infinities, subnormal, smallest normal and largest numbers, in another order for each stream. */
export const specialValues = (length: number, stream = 0): Float32Array =>
  Float32Array.from({ length }, (_, i) => SPECIAL[(i * (1 + (stream % 10)) + stream) % SPECIAL.length]);

/** Numbers of which every 23rd is a special one: it is met by ordinary ones, and most results know nothing of it. */
export const scatteredValues = (length: number, stream = 0): Float32Array =>
  values(length, stream).map((value, i) =>
    i % 23 === stream % 23 ? SPECIAL[(Math.floor(i / 23) + stream) % SPECIAL.length] : value,
  );

/** Zeros of both signs and the least subnormals: what is halved or quartered lies half-way between two numbers. */
export const tinyValues = (length: number, stream = 0): Float32Array =>
  values(length, stream).map((value) => Math.round(2 * value) * 2 ** -149);

/** ±1 and zeros of both signs: what is added up is often nothing but zeros. */
export const signs = (length: number, stream = 0): Float32Array => values(length, stream).map(Math.trunc);

/** Rows of channels with every rest after the vectors of 4 and the panels of 8, and lengths. */
export const COLUMNS: readonly number[] = [1, 2, 3, 4, 5, 7, 8, 13, 14, 17];
export const LENGTHS: readonly number[] = [1, 2, 3, 4, 5, 7, 8, 11, 64, 65];
export const FILLS: readonly ((length: number, stream?: number) => Float32Array)[] = [values, specialValues];

/** Every combination of the lists' members, one of each. */
export function combinations<T extends Record<string, readonly unknown[]>>(
  lists: T,
): { [K in keyof T]: T[K][number] }[] {
  return Object.entries(lists).reduce<Record<string, unknown>[]>(
    (found, [key, list]) => found.flatMap((entry) => list.map((value) => ({ ...entry, [key]: value }))),
    [{}],
  ) as { [K in keyof T]: T[K][number] }[];
}

/** A convolution's patches on a padded H×W×C image. */
export function imagePatches({
  height,
  width,
  channels,
  kernel: [kernelHeight, kernelWidth],
  stride: [strideY, strideX],
}: ImageWindow): Patches {
  return {
    lines: Math.floor((height - kernelHeight) / strideY) + 1,
    perLine: Math.floor((width - kernelWidth) / strideX) + 1,
    lineStride: strideY * width * channels,
    stepStride: strideX * channels,
    runs: kernelHeight,
    runLength: kernelWidth * channels,
    runStride: width * channels,
  };
}

export interface ImageWindow {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
}

export const imageWindows: readonly ImageWindow[] = [
  { height: 5, width: 7, channels: 1, kernel: [3, 3], stride: [1, 1] },
  { height: 6, width: 5, channels: 3, kernel: [2, 3], stride: [2, 1] },
  { height: 7, width: 8, channels: 5, kernel: [1, 1], stride: [1, 2] },
  { height: 9, width: 7, channels: 8, kernel: [5, 2], stride: [3, 3] },
  { height: 4, width: 6, channels: 13, kernel: [3, 3], stride: [1, 1] },
  { height: 5, width: 5, channels: 17, kernel: [4, 5], stride: [2, 1] },
  { height: 3, width: 4, channels: 65, kernel: [3, 1], stride: [1, 3] },
];
