import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { HeddleError, reason } from '../../errors.js';
import { MAX_DEFLATE_RATIO } from '../../formats/deflate.js';
import { formatError, refuseOtherKinds } from '../../formats/fileKind.js';
import { openRegularFile } from '../../formats/regularFile.js';
import { allocate } from '../../tensor/allocate.js';
import { kindOf, required, text } from '../../validate.js';

/** An IDX file's content: `data` holds the product of `shape` unsigned bytes, last dimension fastest. */
export interface IdxArray {
  readonly shape: number[];
  readonly data: Uint8Array<SharedArrayBuffer>;
}

/** A file to read; `start` is its first 512 bytes, or as many as it has. */
export interface IdxFile {
  readonly path: string;
  readonly size: number;
  readonly start: Uint8Array;
  /** Its bytes from one on. */
  readonly read: (begin: number) => AsyncIterable<Uint8Array>;
}

const START_BYTES = 512;

const UNSIGNED_BYTE = 0x08;
const MAX_PAYLOAD = 2 ** 31;
/** Fewer trips to zlib's thread than with its 16 KiB, and so 1.7 times as fast. */
const GUNZIP_CHUNK = 2 ** 18;

/** Reads an IDX file of unsigned bytes, plain or gzip (its first two bytes tell), into shared memory. Format: the MNIST
 * page, "THE IDX FILE FORMAT". Sizes are checked before memory for them is taken: the array holds 2 GiB at most and
 * what the file can hold, which is its size or, of gzip, 1032 times that; besides it there are a few chunks of 256 KiB,
 * however far the gzip would go on.
 * @param dimensions what the file must have: 3 for images (N×H×W), 1 for labels (N)
 * @throws HeddleError FILE if the file cannot be read; FORMAT if it is not such a file, is cut short, has bytes to
 *   spare (also behind the gzip data, but for zeros), or holds more than 2 GiB; MEMORY if the engine refuses the array
 */
export async function readIdx(path: string, dimensions: 1 | 3): Promise<IdxArray> {
  required('readIdx(path, dimensions)', { path, dimensions });
  text('path', path);
  if (dimensions !== 1 && dimensions !== 3)
    throw new HeddleError('ARGUMENT', `dimensions must be 3 for images or 1 for labels, not ${kindOf(dimensions)}`);
  const { handle, size } = await openRegularFile(path);
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(START_BYTES), 0, START_BYTES, 0);
    const read = (start: number) => handle.createReadStream({ start, autoClose: false });
    return await readIdxBytes({ path, size, start: buffer.subarray(0, bytesRead), read }, dimensions);
  } catch (error) {
    throw explain(error, path);
  } finally {
    await handle.close();
  }
}

/** Reads an IDX file's bytes, as `readIdx`. */
export async function readIdxBytes(file: IdxFile, dimensions: 1 | 3): Promise<IdxArray> {
  try {
    if (!isGzip(file))
      return await pipeline(file.read(0), (content) => readContent(new ByteReader(content), file, dimensions));
    return await readGzip(file, dimensions);
  } catch (error) {
    throw explain(error, file.path);
  }
}

async function readGzip(file: IdxFile, dimensions: number): Promise<IdxArray> {
  const packed = Readable.from(file.read(0));
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK });
  // No pipeline: zlib takes a zero byte behind a member for padding and leaves all that follows unread, on which a pipeline
  // fails or not, depending on its source.
  packed.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  try {
    const array = await readContent(new ByteReader(gunzip), file, dimensions);
    await checkPadding(file, gunzip.bytesWritten);
    return array;
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}

/** Takes zeros behind the data for padding, as gzip does, and refuses anything else. */
async function checkPadding(file: IdxFile, end: number): Promise<void> {
  if (end === file.size) return;
  for await (const rest of file.read(end))
    if (rest.some((byte) => byte !== 0)) {
      const expected = `expected the file to end with its gzip data, at byte ${end}, or zeros after it`;
      const advice = 'Take them away, or download it again';
      throw formatError(file.path, `${expected}; found ${file.size - end} bytes more`, advice);
    }
}

function isGzip({ start, path }: IdxFile): boolean {
  const gzip = start[0] === 0x1f && start[1] === 0x8b;
  if (!gzip && path.endsWith('.gz')) {
    refuseOtherKinds(start, 'an IDX file', path);
    const found = start.length === 0 ? 'an empty file' : hex(start.subarray(0, 2));
    const problem = `the name ends in .gz, so the file must start with the gzip bytes 1f 8b; found ${found}`;
    throw formatError(path, problem, start.length < 2 ? downloadAgain : 'Rename it if it is not compressed');
  }
  return gzip;
}

async function readContent(reader: ByteReader, file: IdxFile, dimensions: number): Promise<IdxArray> {
  const header = new Uint8Array(4 + 4 * dimensions);
  const headerLength = await reader.fill(header);
  checkMagic(header.subarray(0, headerLength), file, dimensions);
  const view = new DataView(header.buffer);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const length = shape.reduce((product, size) => product * size, 1);
  checkSizes(shape, length, header.length, file);

  const data = allocate(file.path, () => new Uint8Array(new SharedArrayBuffer(length)));
  const found = await reader.fill(data);
  // Reading on to the end also makes zlib verify the checksum.
  const surplus = await reader.fill(new Uint8Array(1));
  if (found < length || surplus > 0) {
    const [count, advice] = surplus > 0 ? [`more than ${length}`, checkWriter] : [`${found}`, downloadAgain];
    throw wrongLength(file, shape, `${length} bytes after the ${header.length} of the header`, count, advice);
  }
  return { shape, data };
}

function checkMagic(header: Uint8Array, file: IdxFile, dimensions: number): void {
  const { path } = file;
  const expected = [0, 0, UNSIGNED_BYTE, dimensions];
  const meaning = ['zero', 'zero', 'the type, 08 for unsigned bytes', 'the number of dimensions'];
  const wrong = expected.findIndex((byte, i) => i < header.length && header[i] !== byte);
  if (wrong >= 0) {
    refuseOtherKinds(isGzip(file) ? header : file.start, 'an IDX file', file.path);
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

function checkSizes(shape: number[], length: number, headerLength: number, file: IdxFile): void {
  const zero = shape.indexOf(0);
  if (zero >= 0) {
    const problem = `expected dimensions of 1 and more; found ${shape.join('×')}, 0 at byte ${4 + 4 * zero}`;
    throw formatError(file.path, problem, 'An empty set is of no use: check what wrote the file');
  }
  if (length > MAX_PAYLOAD)
    throw wrongLength(file, shape, `at most ${MAX_PAYLOAD} bytes`, `${length} bytes in the header`, rightFile);
  if (isGzip(file) && length > file.size * MAX_DEFLATE_RATIO) {
    const found = `${file.size} bytes of gzip, which cannot hold more than ${file.size * MAX_DEFLATE_RATIO}`;
    throw wrongLength(file, shape, `${length} bytes`, found, downloadAgain);
  }
  if (!isGzip(file) && file.size !== headerLength + length) {
    const expected = headerLength + length;
    const advice = file.size < expected ? downloadAgain : checkWriter;
    throw wrongLength(file, shape, `a file of ${expected} bytes`, `${file.size}`, advice);
  }
}

const downloadAgain = 'It is cut short or damaged: download it again';
const checkWriter = 'Check what wrote the file';
const rightFile = 'Check that this is the right file';

function wrongLength({ path }: IdxFile, shape: number[], expected: string, found: string, advice: string): HeddleError {
  const header = `the header says ${shape.join('×')} unsigned bytes`;
  return formatError(path, `${header}; expected ${expected}; found ${found}`, advice);
}

function explain(error: unknown, path: string): HeddleError {
  if (error instanceof HeddleError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  if (code.startsWith('Z_')) {
    // The file starts as gzip does, so that only what stands behind a member can lack that start.
    const [where, advice] = reason(error).includes('incorrect header check')
      ? [' behind its end: other bytes follow', 'Take them away, or download it again']
      : ['', downloadAgain];
    return formatError(path, `bad gzip data${where} (${reason(error)})`, advice, options);
  }
  const problem = `cannot read the file (${reason(error)})`;
  return new HeddleError('FILE', `${path}: ${problem}. Check the path and its rights.`, options);
}

const hex = (bytes: ArrayLike<number>) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

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
