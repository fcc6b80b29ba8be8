import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { HeddleError, quote, reason } from '../errors.js';
import { allocate } from '../tensor/allocate.js';
import { MAX_DEFLATE_RATIO } from './deflate.js';
import { formatError, refuseOtherKinds } from './fileKind.js';
import { openRegularFile } from './regularFile.js';

/** Arrays in the .npy format, by name, each read when it is wanted. */
export interface NpyFiles {
  readonly names: readonly string[];
  /** All of an array's .npy file. @throws HeddleError FILE, FORMAT, MEMORY */
  readonly read: (name: string) => Promise<Uint8Array>;
}

const MAX_ENTRIES = 1000;
/** Of an array, as of those in IDX files. */
const MAX_BYTES = 2 ** 31;
const START_BYTES = 512;
const DEFLATE = 8;
const lazily = { lazyEntries: true, autoClose: false };
const getAgain = 'Save or download it again';

/** Gives the arrays of a .npz archive, which numpy.savez and savez_compressed write, to `use`. Sizes and checksums are checked;
 * memory is taken for the arrays that are read, and for each no more than its bytes in the file can become.
 * @throws HeddleError FILE when it cannot be read, FORMAT when it is no such archive or is damaged; and what `use` throws */
export async function withNpz<T>(path: string, use: (arrays: NpyFiles) => Promise<T>): Promise<T> {
  const { handle } = await openRegularFile(path);
  try {
    const zip = await openZip(handle, path);
    return await use(await npyFiles(zip, path));
  } finally {
    await handle.close();
  }
}

async function openZip(handle: FileHandle, path: string): Promise<ZipFile> {
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(START_BYTES), 0, START_BYTES, 0);
    refuseOtherKinds(buffer.subarray(0, bytesRead), 'a NumPy .npz archive', path);
    return await yauzl.fromFdPromise(handle.fd, lazily);
  } catch (error) {
    throw explain(error, path);
  }
}

/** The same of an archive's bytes. */
export const npzOf = async (bytes: Uint8Array, source: string): Promise<NpyFiles> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const zip = await yauzl.fromBufferPromise(buffer, lazily).catch((error) => {
    throw explain(error, source);
  });
  return npyFiles(zip, source);
};

async function npyFiles(zip: ZipFile, source: string): Promise<NpyFiles> {
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName.replace(/\.npy$/, '');
      if (entries.has(name))
        throw formatError(source, `expected one array of each name; found two ${quote(name)}`, getAgain);
      entries.set(name, entry);
      if (entries.size > MAX_ENTRIES)
        throw formatError(
          source,
          `expected at most ${MAX_ENTRIES} arrays; found more`,
          'Check that it is the right file',
        );
    }
  } catch (error) {
    throw explain(error, source);
  }
  const read = (name: string) => readEntry(zip, entries.get(name) as Entry, `${source}, ${name}`);
  return { names: [...entries.keys()], read };
}

async function readEntry(zip: ZipFile, entry: Entry, source: string): Promise<Uint8Array> {
  const { compressionMethod, compressedSize, uncompressedSize } = entry;
  const most = compressionMethod === DEFLATE ? compressedSize * MAX_DEFLATE_RATIO : compressedSize;
  if (uncompressedSize > Math.min(most, MAX_BYTES)) {
    const expected = `at most ${Math.min(most, MAX_BYTES)} bytes of the ${compressedSize} packed ones`;
    throw formatError(source, `expected ${expected}; the archive says ${uncompressedSize}`, getAgain);
  }
  try {
    // Opening it checks that the file has the packed bytes, the stream that they give as many as is said.
    const stream = await zip.openReadStreamPromise(entry);
    const bytes = allocate(source, () => new Uint8Array(uncompressedSize));
    let [length, checksum] = [0, 0];
    for await (const chunk of stream) {
      bytes.set(chunk, length);
      length += chunk.length;
      checksum = crc32(chunk, checksum);
    }
    if (checksum !== entry.crc32) throw formatError(source, 'its checksum does not fit its bytes', getAgain);
    return bytes;
  } catch (error) {
    throw explain(error, source);
  }
}

function explain(cause: unknown, source: string): HeddleError {
  if (cause instanceof HeddleError) return cause;
  // The system's errors have numbers.
  if (typeof (cause as NodeJS.ErrnoException).errno === 'number' && (cause as NodeJS.ErrnoException).syscall)
    return new HeddleError('FILE', `cannot read ${source}: ${reason(cause)}. Check the path and its rights.`, {
      cause,
    });
  return formatError(source, `expected a whole .npz archive (${reason(cause)})`, getAgain, { cause });
}
