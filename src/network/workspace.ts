import type { Arena } from '../tensor/arena.js';

type Floats = Float32Array<SharedArrayBuffer>;

/** Bytes of the arena, and how many values lie there. */
interface Block {
  readonly start: number;
  readonly end: number;
  uses: number;
}

const BYTES = Float32Array.BYTES_PER_ELEMENT;
const LINE = 64;

/**
 * Memory that values take one after the other: an array is given back when the last of those that lie in it is read no
 * more, and the next that fits gets its place. A plan begins with all of it free, since no two plans are at work at once.
 */
export class Workspace {
  private free: { start: number; end: number }[] = [];
  private readonly all: { start: number; end: number }[] = [];
  private blocks = new Map<number, Block>();

  constructor(private readonly arena: Arena) {}

  /** Gives all arrays back. */
  clear(): void {
    this.blocks = new Map();
    this.free = this.all.map((range) => ({ ...range }));
  }

  /** An array of one use, in the smallest place that is large enough. */
  take(length: number): Floats {
    const bytes = Math.ceil((BYTES * length) / LINE) * LINE;
    const fitting = this.free.filter(({ start, end }) => end - start >= bytes);
    const place = fitting.reduce<{ start: number; end: number } | undefined>(
      (best, range) => (best && best.end - best.start <= range.end - range.start ? best : range),
      undefined,
    );
    const start = place ? place.start : this.reserve(length, bytes);
    if (place) place.start += bytes;
    if (bytes > 0) this.blocks.set(start, { start, end: start + bytes, uses: 1 });
    return new Float32Array(this.arena.memory.buffer, start, length);
  }

  private reserve(length: number, bytes: number): number {
    const { byteOffset } = this.arena.float32(length);
    this.all.push({ start: byteOffset, end: byteOffset + bytes });
    return byteOffset;
  }

  /** One more value lies in an array; those that are not of this memory stay out of it. */
  retain({ byteOffset, length }: Floats): void {
    const block = length > 0 ? this.blocks.get(byteOffset) : undefined;
    if (block) block.uses++;
  }

  /** Whether an array has no other use than one value. */
  isSole({ byteOffset }: Floats): boolean {
    return (this.blocks.get(byteOffset)?.uses ?? 1) === 1;
  }

  /** A value in an array is read no more. */
  release({ byteOffset, length }: Floats): void {
    const block = length > 0 ? this.blocks.get(byteOffset) : undefined;
    if (!block || --block.uses > 0) return;
    this.blocks.delete(byteOffset);
    this.free.push({ start: block.start, end: block.end });
    this.free = joined(this.free);
  }
}

/** The ranges in order, neighbours made one. */
function joined(ranges: readonly { readonly start: number; readonly end: number }[]): { start: number; end: number }[] {
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (start === end) continue;
    if (last?.end === start) last.end = end;
    else result.push({ start, end });
  }
  return result;
}
