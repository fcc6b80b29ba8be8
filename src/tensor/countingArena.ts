import { HeddleError } from '../errors.js';
import { Arena, type ArenaMemory, type ArrayType, type MemoryUse } from './arena.js';
import { sharedMemory } from './sharedMemory.js';

/** Above it nothing is counted any more. */
const MOST = 64 * 2 ** 30;

/** Counts what a model would take, and takes nothing: its arrays have a length and a place, but no numbers. */
export class CountingArena extends Arena {
  /** Bytes by what they are for. */
  readonly bytes = new Map<MemoryUse, number>();

  constructor() {
    const memory: ArenaMemory = { buffer: sharedMemory(0), grow: () => 0 };
    super(memory);
  }

  protected override view<T>(type: ArrayType<T>, byteOffset: number, length: number): T {
    const array = new type(this.memory.buffer, 0, 0);
    // What layers write while they plan, such as the windows of a pooling, finds no room.
    const own = { length: { value: length }, byteOffset: { value: byteOffset }, set: { value: () => {} } };
    return Object.defineProperties(array, own) as T;
  }

  /** @throws HeddleError MEMORY above 64 GiB */
  protected override reserve(end: number, bytes: number, use: MemoryUse): void {
    if (!(end <= MOST)) throw new HeddleError('MEMORY', 'more than 64 GiB');
    this.bytes.set(use, (this.bytes.get(use) ?? 0) + bytes);
  }
}
