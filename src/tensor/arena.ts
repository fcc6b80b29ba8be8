import { HeddleError } from '../errors.js';

const PAGE = 65536;
const MAXIMUM_PAGES = 65536; // 4 GiB, all that 32-bit addresses reach

/**
 * All of a model's numbers in one shared WebAssembly memory, which every worker thread maps. A model takes its arrays
 * in a fixed order when it is built, so each thread that builds the same model on the same memory gets the same
 * arrays. Nothing is given back: a training step allocates nothing.
 */
export class Arena {
  // Address 0 stays unused: kernels take it for "no array".
  private end = 64;

  /** @param memory another thread's arena memory, to lay the same arrays over it */
  constructor(readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_PAGES, shared: true })) {}

  float32(length: number): Float32Array<SharedArrayBuffer> {
    const offset = this.reserve(4 * length);
    return new Float32Array(this.buffer, offset, length);
  }

  float64(length: number): Float64Array<SharedArrayBuffer> {
    const offset = this.reserve(8 * length);
    return new Float64Array(this.buffer, offset, length);
  }

  int32(length: number): Int32Array<SharedArrayBuffer> {
    const offset = this.reserve(4 * length);
    return new Int32Array(this.buffer, offset, length);
  }

  bigInt64(length: number): BigInt64Array<SharedArrayBuffer> {
    const offset = this.reserve(8 * length);
    return new BigInt64Array(this.buffer, offset, length);
  }

  private get buffer(): SharedArrayBuffer {
    return this.memory.buffer as unknown as SharedArrayBuffer;
  }

  /** Takes whole cache lines, so that no two arrays share one. Growing a shared memory leaves older views valid. */
  private reserve(bytes: number): number {
    const offset = this.end;
    this.end += Math.ceil(bytes / 64) * 64;
    const missing = Math.ceil((this.end - this.buffer.byteLength) / PAGE);
    if (missing > 0) {
      if (this.end > MAXIMUM_PAGES * PAGE)
        throw new HeddleError(
          'MEMORY',
          `the model needs ${(this.end / 2 ** 30).toFixed(1)} GiB and more at this batch size; one model can use 4 GiB. Take a smaller batch size.`,
        );
      this.memory.grow(missing);
    }
    return offset;
  }
}
