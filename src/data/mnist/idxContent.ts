import type { HeddleError } from '../../errors.js';
import { MAX_DEFLATE_RATIO } from '../../formats/deflate.js';
import { formatError, refuseOtherKinds } from '../../formats/fileKind.js';
import { allocate } from '../../tensor/allocate.js';
import { sharedMemory } from '../../tensor/sharedMemory.js';

/** An IDX file's content: `data` holds the product of `shape` unsigned bytes, last dimension fastest. */
export interface IdxArray {
  readonly shape: number[];
  readonly data: Uint8Array<SharedArrayBuffer>;
}

/** What is known of a file before it is read. */
export interface IdxSource {
  readonly path: string;
  readonly size: number;
  /** Its first 512 bytes, or as many as it has. */
  readonly start: Uint8Array;
  readonly gzip: boolean;
}

const UNSIGNED_BYTE = 0x08;
const MAX_PAYLOAD = 2 ** 31;

export const startsAsGzip = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b;

/** Reads what an IDX file holds, unpacked. Sizes are checked before memory for them is taken.
 * @throws HeddleError FORMAT, MEMORY */
export async function readContent(
  content: AsyncIterable<Uint8Array>,
  file: IdxSource,
  dimensions: number,
): Promise<IdxArray> {
  const reader = new ByteReader(content);
  const header = new Uint8Array(4 + 4 * dimensions);
  const headerLength = await reader.fill(header);
  checkMagic(header.subarray(0, headerLength), file, dimensions);
  const view = new DataView(header.buffer);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const length = shape.reduce((product, size) => product * size, 1);
  checkSizes(shape, length, header.length, file);

  const data = allocate(file.path, () => new Uint8Array(sharedMemory(length)));
  const found = await reader.fill(data);
  // Reading on to the end also makes zlib verify the checksum.
  const surplus = await reader.fill(new Uint8Array(1));
  if (found < length || surplus > 0) {
    const [count, advice] = surplus > 0 ? [`more than ${length}`, checkWriter] : [`${found}`, downloadAgain];
    throw wrongLength(file, shape, `${length} bytes after the ${header.length} of the header`, count, advice);
  }
  return { shape, data };
}

function checkMagic(header: Uint8Array, file: IdxSource, dimensions: number): void {
  const { path } = file;
  const expected = [0, 0, UNSIGNED_BYTE, dimensions];
  const meaning = ['zero', 'zero', 'the type, 08 for unsigned bytes', 'the number of dimensions'];
  const wrong = expected.findIndex((byte, i) => i < header.length && header[i] !== byte);
  if (wrong >= 0) {
    refuseOtherKinds(file.gzip ? header : file.start, 'an IDX file', file.path);
    const problem =
      `expected an IDX file starting with ${hex(expected)}; found ${hex(header.subarray(0, 4))}, ` +
      `which differs at byte ${wrong} (${meaning[wrong]})`;
    throw formatError(path, problem, `${rightFile}: images have 3 dimensions, labels have 1`);
  }
  if (header.length < 4 + 4 * dimensions) {
    const problem = `expected an IDX header of ${4 + 4 * dimensions} bytes; the content ends at byte ${header.length}`;
    throw formatError(path, problem, downloadAgain);
  }
}

function checkSizes(shape: number[], length: number, headerLength: number, file: IdxSource): void {
  const zero = shape.indexOf(0);
  if (zero >= 0) {
    const problem = `expected dimensions of 1 and more; found ${shape.join('×')}, 0 at byte ${4 + 4 * zero}`;
    throw formatError(file.path, problem, 'An empty set is of no use: check what wrote the file');
  }
  if (length > MAX_PAYLOAD)
    throw wrongLength(file, shape, `at most ${MAX_PAYLOAD} bytes`, `${length} bytes in the header`, rightFile);
  if (file.gzip && length > file.size * MAX_DEFLATE_RATIO) {
    const found = `${file.size} bytes of gzip, which cannot hold more than ${file.size * MAX_DEFLATE_RATIO}`;
    throw wrongLength(file, shape, `${length} bytes`, found, downloadAgain);
  }
  if (!file.gzip && file.size !== headerLength + length) {
    const expected = headerLength + length;
    const advice = file.size < expected ? downloadAgain : checkWriter;
    throw wrongLength(file, shape, `a file of ${expected} bytes`, `${file.size}`, advice);
  }
}

export const downloadAgain = 'It is cut short or damaged: download it again';
const checkWriter = 'Check what wrote the file';
const rightFile = 'Check that this is the right file';

function wrongLength(
  { path }: IdxSource,
  shape: number[],
  expected: string,
  found: string,
  advice: string,
): HeddleError {
  const header = `the header says ${shape.join('×')} unsigned bytes`;
  return formatError(path, `${header}; expected ${expected}; found ${found}`, advice);
}

export const hex = (bytes: ArrayLike<number>) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** Hands out a stream of chunks in the amounts asked for; it never holds more than one chunk. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Fills `target`; returns the number of bytes written, fewer than its length only at the end of the stream. */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done) break;
        this.#rest = value;
        continue;
      }
      const part = this.#rest.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return filled;
  }
}
