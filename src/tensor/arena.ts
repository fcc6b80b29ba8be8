import { HeddleError } from '../errors.js';
import { kindOf } from '../validate.js';
import { allocate } from './allocate.js';

const PAGE = 65536;
const MAXIMUM_PAGES = 65536;

/** 4 GiB, all that 32-bit addresses reach. */
export const ARENA_LIMIT = PAGE * MAXIMUM_PAGES;

/** The kernels' own: zeros from address 0 on, which they take for "no array", and behind them their constants. */
export const KERNEL_BYTES = 512;

/** Behind the last array: a tile of the kernels reads whole vectors where only some columns exist. */
const SLACK = 128;

/** What memory is for, in the words of messages. */
export type MemoryUse =
  | 'activations'
  | 'weights'
  | 'gradients'
  | 'the optimizer'
  | 'the threads’ scratch'
  | 'the layers’ own arrays';

const SMALLER = 'a smaller batch size';

/** A shared WebAssembly.Memory, as far as it is used. */
export interface ArenaMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

export type ArrayType<T> = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): T;
};

/** All of a model's numbers in one shared WebAssembly memory, which every worker thread maps. A model takes its arrays
 * in a fixed order when it is built, so each thread that builds the same model on the same memory gets the same
 * arrays. Nothing is given back: a training step allocates nothing.
 *
 * @throws HeddleError MEMORY when the engine or the 4 GiB limit refuses */
export class Arena {
  /** @internal */
  readonly memory: ArenaMemory;
  /** Whether the numbers in it are for this arena's owner to begin with. @internal */
  readonly isNew: boolean;
  private end = KERNEL_BYTES;

  /** @param memory another thread's arena memory, to lay the same arrays over it @internal */
  constructor(memory?: ArenaMemory) {
    if (memory !== undefined && memory?.buffer?.[Symbol.toStringTag] !== 'SharedArrayBuffer')
      throw new HeddleError(
        'ARGUMENT',
        `memory must be the WebAssembly.Memory of another model's arena, not ${kindOf(memory)}`,
      );
    this.memory = memory ?? allocate(`the model (${SMALLER} takes less)`, createMemory);
    this.isNew = memory === undefined;
  }

  float32(length: number, use: MemoryUse = 'the layers’ own arrays'): Float32Array<SharedArrayBuffer> {
    return this.take(Float32Array<SharedArrayBuffer>, length, use);
  }

  float64(length: number, use: MemoryUse = 'the layers’ own arrays'): Float64Array<SharedArrayBuffer> {
    return this.take(Float64Array<SharedArrayBuffer>, length, use);
  }

  int32(length: number, use: MemoryUse = 'the layers’ own arrays'): Int32Array<SharedArrayBuffer> {
    return this.take(Int32Array<SharedArrayBuffer>, length, use);
  }

  bigInt64(length: number, use: MemoryUse = 'the layers’ own arrays'): BigInt64Array<SharedArrayBuffer> {
    return this.take(BigInt64Array<SharedArrayBuffer>, length, use);
  }

  /** Bytes taken so far. @internal */
  get taken(): number {
    return this.end;
  }

  /** An array of floats at a place that has been taken before. @internal */
  at(byteOffset: number, length: number): Float32Array<SharedArrayBuffer> {
    return this.view(Float32Array<SharedArrayBuffer>, byteOffset, length);
  }

  /** Takes whole cache lines, so that no two arrays share one. */
  private take<T>(type: ArrayType<T>, length: number, use: MemoryUse): T {
    const offset = this.end;
    const bytes = Math.ceil((type.BYTES_PER_ELEMENT * length) / 64) * 64;
    this.end += bytes;
    this.reserve(this.end, bytes, use);
    return this.view(type, offset, length);
  }

  protected view<T>(type: ArrayType<T>, byteOffset: number, length: number): T {
    return new type(this.memory.buffer, byteOffset, length);
  }

  /** Growing a shared memory leaves older views valid. */
  protected reserve(end: number, _bytes: number, _use: MemoryUse): void {
    const missing = Math.ceil((end + SLACK - this.memory.buffer.byteLength) / PAGE);
    if (end + SLACK > ARENA_LIMIT)
      throw new HeddleError('MEMORY', `the model needs more than the 4 GiB that one can use; take ${SMALLER}`);
    if (missing > 0) allocate(`the model (${SMALLER} takes less)`, () => this.memory.grow(missing));
  }
}

// As a SharedArrayBuffer, which it is, and not just the ArrayBuffer that the type knows.
const createMemory = () =>
  new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared: true }) as unknown as ArenaMemory;
