import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { HeddleError, reason } from '../../errors.js';
import { formatError, refuseOtherKinds } from '../../formats/fileKind.js';
import { openRegularFile } from '../../formats/regularFile.js';
import { kindOf, required, text } from '../../validate.js';
import { downloadAgain, hex, type IdxArray, type IdxSource, readContent, startsAsGzip } from './idxContent.js';

/** A file to read. */
export interface IdxFile extends Omit<IdxSource, 'gzip'> {
  /** Its bytes from one on. */
  readonly read: (begin: number) => AsyncIterable<Uint8Array>;
}

const START_BYTES = 512;

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
    const source = { ...file, gzip: isGzip(file) };
    if (!source.gzip) return await pipeline(file.read(0), (content) => readContent(content, source, dimensions));
    return await readGzip(source, dimensions);
  } catch (error) {
    throw explain(error, file.path);
  }
}

async function readGzip(file: IdxFile & IdxSource, dimensions: number): Promise<IdxArray> {
  const packed = Readable.from(file.read(0));
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK });
  // No pipeline: zlib takes a zero byte behind a member for padding and leaves all that follows unread, on which a pipeline
  // fails or not, depending on its source.
  packed.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  try {
    const array = await readContent(gunzip, file, dimensions);
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
  const gzip = startsAsGzip(start);
  if (!gzip && path.endsWith('.gz')) {
    refuseOtherKinds(start, 'an IDX file', path);
    const found = start.length === 0 ? 'an empty file' : hex(start.subarray(0, 2));
    const problem = `the name ends in .gz, so the file must start with the gzip bytes 1f 8b; found ${found}`;
    throw formatError(path, problem, start.length < 2 ? downloadAgain : 'Rename it if it is not compressed');
  }
  return gzip;
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
