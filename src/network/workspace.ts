import type { Arena } from '../tensor/arena.js';

type Floats = Float32Array<SharedArrayBuffer>;

/** Bytes of the arena. */
interface Range {
  readonly start: number;
  readonly end: number;
}

export type PassName = 'forward' | 'backward';

const CACHE_LINE = 64;

/** Memory that the arrays of a plan take one after the other: one is given back when the last of the values that lie in it is
 * read no more, and the next of the same length gets its place. Of the same length alone, since threads go through the
 * phases shard by shard: where one writes a shard of the new array, others may yet read other shards of the old one. Where a
 * phase reads all channels of an array, others may write in its place only after the threads have met. A plan begins with
 * all of the memory free, as no two plans are at work at once. */
export class Workspace {
  /** All of it. */
  private readonly ranges: Range[] = [];
  /** What this plan has not used yet. */
  private unused: Range[] = [];
  /** Arrays that were given back, by their lengths. */
  private returned = new Map<number, Floats[]>();
  /** Arrays that will have been given back once all threads have met, in a forward or in a backward pass. */
  private waiting: Record<PassName, Floats[]> = { forward: [], backward: [] };
  /** How many values lie in an array, by its place. */
  private uses = new Map<number, number>();

  constructor(private readonly arena: Arena) {}

  /** Begins a plan. */
  clear(): void {
    this.unused = [...this.ranges];
    this.returned = new Map();
    this.waiting = { forward: [], backward: [] };
    this.uses = new Map();
  }

  /** An array with one use. */
  take(length: number): Floats {
    return this.used(this.returned.get(length)?.pop() ?? this.fromUnused(length) ?? this.fromArena(length));
  }

  /** An array with one use, in which no other of this plan has been. */
  takeUnused(length: number): Floats {
    return this.used(this.fromUnused(length) ?? this.fromArena(length));
  }

  private used(array: Floats): Floats {
    if (array.length > 0) this.uses.set(array.byteOffset, 1);
    return array;
  }

  /** From the smallest range that is large enough. */
  private fromUnused(length: number): Floats | undefined {
    const bytes = bytesOf(length);
    const sizeOf = ({ start, end }: Range) => end - start;
    const [range] = this.unused.filter((each) => sizeOf(each) >= bytes).toSorted((a, b) => sizeOf(a) - sizeOf(b));
    if (!range) return undefined;
    this.unused = this.unused.filter((each) => each !== range);
    if (sizeOf(range) > bytes) this.unused.push({ start: range.start + bytes, end: range.end });
    return this.arena.at(range.start, length);
  }

  private fromArena(length: number): Floats {
    const array = this.arena.float32(length, 'activations');
    this.ranges.push({ start: array.byteOffset, end: array.byteOffset + bytesOf(length) });
    return array;
  }

  /** One more value lies in an array; those that are not of this memory stay out of it. */
  retain({ byteOffset, length }: Floats): void {
    const uses = this.uses.get(byteOffset);
    if (length > 0 && uses) this.uses.set(byteOffset, uses + 1);
  }

  /** A value in an array is read no more; it is free at once, or when all threads have met in that pass. */
  release(array: Floats, meeting?: PassName): void {
    const { byteOffset, length } = array;
    const uses = this.uses.get(byteOffset);
    if (length === 0 || !uses) return;
    this.uses.set(byteOffset, uses - 1);
    if (uses > 1) return;
    if (meeting) this.waiting[meeting].push(array);
    else this.returned.set(length, [...(this.returned.get(length) ?? []), array]);
  }

  /** All threads have met in that pass. */
  meet(pass: PassName): void {
    for (const array of this.waiting[pass])
      this.returned.set(array.length, [...(this.returned.get(array.length) ?? []), array]);
    this.waiting[pass] = [];
  }

  /** Whether no other value lies in an array. */
  isSole({ byteOffset }: Floats): boolean {
    return (this.uses.get(byteOffset) ?? 1) === 1;
  }
}

/** Whole cache lines, as the arena gives them. */
const bytesOf = (length: number) => Math.ceil((Float32Array.BYTES_PER_ELEMENT * length) / CACHE_LINE) * CACHE_LINE;
