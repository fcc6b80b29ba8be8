import { HeddleError } from '../errors.js';
import { kindOf } from '../validate.js';
import { allocate } from './allocate.js';

const PAGE = 65536;
const MAXIMUM_PAGES = 65536; // 4 GiB, all that 32-bit addresses reach
/** The kernels' own: address 0, which they take for "no array", and behind it their constants. */
export const KERNEL_BYTES = 256;

const SMALLER = 'a smaller batch size';

const useOf = (smaller: string) => `the model (${smaller} takes less)`;

/** A shared WebAssembly.Memory, as far as it is used. */
export interface ArenaMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** All of a model's numbers in one shared WebAssembly memory, which every worker thread maps. A model takes its arrays
 * in a fixed order when it is built, so each thread that builds the same model on the same memory gets the same
 * arrays. Nothing is given back: a training step allocates nothing.
 *
 * @throws HeddleError MEMORY when the engine or the 4 GiB limit refuses */
export class Arena {
  /** @internal */
  readonly memory: ArenaMemory;
  private end = KERNEL_BYTES;

  /** @param memory another thread's arena memory, to lay the same arrays over it @internal */
  constructor(memory?: ArenaMemory) {
    if (memory !== undefined && memory?.buffer?.[Symbol.toStringTag] !== 'SharedArrayBuffer')
      throw new HeddleError(
        'ARGUMENT',
        `memory must be the WebAssembly.Memory of another model's arena, not ${kindOf(memory)}`,
      );
    this.memory = memory ?? allocate(useOf(SMALLER), createMemory);
  }

  /** @param smaller what to take so that less memory will do, in words */
  float32(length: number, smaller = SMALLER): Float32Array<SharedArrayBuffer> {
    const offset = this.reserve(4 * length, smaller);
    return new Float32Array(this.memory.buffer, offset, length);
  }

  float64(length: number): Float64Array<SharedArrayBuffer> {
    const offset = this.reserve(8 * length);
    return new Float64Array(this.memory.buffer, offset, length);
  }

  int32(length: number): Int32Array<SharedArrayBuffer> {
    const offset = this.reserve(4 * length);
    return new Int32Array(this.memory.buffer, offset, length);
  }

  bigInt64(length: number): BigInt64Array<SharedArrayBuffer> {
    const offset = this.reserve(8 * length);
    return new BigInt64Array(this.memory.buffer, offset, length);
  }

  /** Takes whole cache lines, so that no two arrays share one. Growing a shared memory leaves older views valid. */
  private reserve(bytes: number, smaller = SMALLER): number {
    const offset = this.end;
    this.end += Math.ceil(bytes / 64) * 64;
    const missing = Math.ceil((this.end - this.memory.buffer.byteLength) / PAGE);
    if (this.end > MAXIMUM_PAGES * PAGE)
      throw new HeddleError('MEMORY', `the model needs more than the 4 GiB that one can use; take ${smaller}`);
    if (missing > 0) allocate(useOf(smaller), () => this.memory.grow(missing));
    return offset;
  }
}

// As a SharedArrayBuffer, which it is, and not just the ArrayBuffer that the type knows.
const createMemory = () =>
  new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared: true }) as unknown as ArenaMemory;
