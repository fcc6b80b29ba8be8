import { sharedArray } from '../../data/dataset.js';
import type { ImageHeader } from '../../data/decode/imageHeader.js';
import { type ImageTransform, transformedShape } from '../../data/imageTransform.js';
import { quote } from '../../errors.js';
import { formatError } from '../../formats/fileKind.js';
import { TaskPool } from '../../parallel/taskPool.js';
import { sizeOf } from '../../tensor/shape.js';
import type { CheckedDataOptions } from '../dataOptions.js';
import type { LabelledData, Unreadable } from '../labelledData.js';
import { chooseTransform } from './chooseTransform.js';
import { checkMemory, memoryLimit } from './memory.js';
import type { Decoded, pictureTasks } from './pictureTasks.js';

/** The pictures of a data set that could be read, as inputs. */
export interface Pictures {
  readonly transform: ImageTransform;
  /** Picture by picture. */
  readonly inputs: Uint8Array<SharedArrayBuffer>;
  /** The place of each among the files. */
  readonly places: Int32Array<ArrayBuffer>;
  readonly unreadable: readonly Unreadable[];
  readonly sizes: NonNullable<LabelledData['sizes']>;
}

type Pool = TaskPool<typeof pictureTasks>;
type Outcome = Decoded['outcomes'][number];

/** Files in a folder. */
interface Source {
  readonly folder: string;
  readonly files: readonly string[];
}

/** Few enough that progress is seen, and that all threads end at about the same time. */
const FILES_A_TASK = 16;
/** What the largest picture takes that decodeImage takes. */
const DECODER_BYTES = 1e9;
/** So many unreadable pictures are left out of any data set, and of larger ones a tenth of all. */
const FEW = 5;

/** Decodes files on worker threads; what comes of it does not depend on their number.
 * @throws HeddleError FORMAT when too many cannot be read, MEMORY when there is too little for all, WORKER when a thread fails; the
 *   signal's reason */
export async function decodePictures(source: Source, options: CheckedDataOptions): Promise<Pictures> {
  const { signal, workers } = options;
  signal?.throwIfAborted();
  const most = Math.min(Math.ceil(source.files.length / FILES_A_TASK), Math.floor(memoryLimit() / DECODER_BYTES));
  const pool: Pool = new TaskPool('decoding pictures', Math.min(workers, Math.max(most, 1)));
  const abort = () => pool.close();
  signal?.addEventListener('abort', abort);
  try {
    const transform = options.transform ?? chooseTransform(options, await readHeaders(pool, source));
    return await decodeAll(pool, source, transform, options.onProgress);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    await pool.close();
  }
}

/** A task for each part of the files, of what is the same for all of them and where the part begins. */
function* tasksFor<Common extends Source>(common: Common) {
  for (let first = 0; first < common.files.length; first += FILES_A_TASK)
    yield { ...common, first, files: common.files.slice(first, first + FILES_A_TASK) };
}

async function readHeaders(pool: Pool, source: Source): Promise<ImageHeader[]> {
  const headers: ImageHeader[] = [];
  await pool.run('headers', tasksFor(source), (found) => {
    for (const header of found) if (header) headers.push(header);
  });
  return headers;
}

async function decodeAll(
  pool: Pool,
  source: Source,
  transform: ImageTransform,
  onProgress: CheckedDataOptions['onProgress'],
): Promise<Pictures> {
  const { folder, files } = source;
  const shape = transformedShape(transform);
  checkMemory(folder, files.length, shape);
  const inputs = sharedArray<Uint8Array<SharedArrayBuffer>>(Uint8Array, files.length * sizeOf(shape));
  const outcomes: Outcome[] = Array(files.length);
  let [done, failed] = [0, 0];
  await pool.run('decode', tasksFor({ folder, files, transform, inputs }), ({ first, outcomes: some }) => {
    for (const [i, outcome] of some.entries()) outcomes[first + i] = outcome;
    failed += some.filter((outcome) => typeof outcome === 'string').length;
    if (failed > Math.max(FEW, files.length / 10)) throw tooMany(source, unreadableOf(files, outcomes));
    done += some.length;
    onProgress?.(done, files.length);
  });
  const places = Int32Array.from(files.keys()).filter((place) => typeof outcomes[place] !== 'string');
  const unreadable = unreadableOf(files, outcomes);
  if (places.length === 0) throw tooMany(source, unreadable);
  return {
    transform,
    inputs: keep(inputs, places, sizeOf(shape)),
    places,
    unreadable,
    sizes: sizesOf(outcomes.filter((outcome) => typeof outcome !== 'string')),
  };
}

const unreadableOf = (files: readonly string[], outcomes: readonly Outcome[]): Unreadable[] =>
  outcomes
    .flatMap((outcome, i) => (typeof outcome === 'string' ? { file: files[i], reason: outcome } : []))
    .sort((a, b) => (a.file < b.file ? -1 : 1));

function tooMany({ folder, files }: Source, unreadable: readonly Unreadable[]) {
  const [{ file, reason }] = unreadable;
  const found = `found ${unreadable.length} among ${files.length} that cannot be read, the first ${quote(file)}: ${reason}`;
  return formatError(folder, `expected pictures; ${found.replace(/\.$/, '')}`, 'Remove or repair them');
}

/** Moves the pictures at some places together, to the beginning of the memory that they have. */
function keep<T extends Uint8Array>(inputs: T, places: Int32Array, size: number) {
  for (const [row, place] of places.entries())
    if (row < place) inputs.copyWithin(row * size, place * size, (place + 1) * size);
  return inputs.subarray(0, places.length * size) as T;
}

type Size = readonly [width: number, height: number];

/** By the number of pixels. */
function sizesOf(sizes: readonly Size[]): Pictures['sizes'] {
  const sorted = sizes.toSorted(([a, b], [c, d]) => a * b - c * d || a - c);
  return { smallest: sorted[0], median: sorted[sorted.length >> 1], largest: sorted[sorted.length - 1] };
}
