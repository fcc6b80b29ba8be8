import { HeddleError } from '../errors.js';
import { ARENA_LIMIT } from '../tensor/arena.js';
import { CountingArena } from '../tensor/countingArena.js';

/** What the memory of a model goes by, and people can change. */
interface Sizes {
  readonly batchSize: number;
  readonly workers: number;
}

type Count = (sizes: Sizes, arena: CountingArena) => unknown;

/** What `build` makes; where that would take more than an arena holds, an error that says how much, for what, and what would
 * fit.
 *
 * @param count makes the same of other sizes, in an arena that counts
 * @throws HeddleError MEMORY */
export function withinMemory<T>(sizes: Sizes, build: () => T, count: Count): T {
  try {
    return build();
  } catch (cause) {
    throw isMemoryError(cause) ? explained(sizes, count, cause) : cause;
  }
}

const isMemoryError = (error: unknown): error is HeddleError => error instanceof HeddleError && error.code === 'MEMORY';

function explained(sizes: Sizes, count: Count, cause: HeddleError): HeddleError {
  try {
    const wanted = counted(sizes, count);
    // The engine may have refused what an arena could hold.
    if (wanted !== undefined && wanted.taken <= ARENA_LIMIT) return cause;
    return new HeddleError(
      'MEMORY',
      `a batch size of ${sizes.batchSize} wants ${wanted ? inWords(wanted) : 'more than 64 GiB of memory'}, and a model can use 4 GiB; ${advice(sizes, count, wanted)}`,
      { cause },
    );
  } catch {
    // A layer of a user's own may do anything with arrays that have no numbers: then it is not known how much is wanted.
    return cause;
  }
}

/** Undefined where that is too much to be counted. */
function counted(sizes: Sizes, count: Count): CountingArena | undefined {
  const arena = new CountingArena();
  try {
    count(sizes, arena);
    return arena;
  } catch (error) {
    if (isMemoryError(error)) return undefined;
    throw error;
  }
}

function advice(sizes: Sizes, count: Count, wanted: CountingArena | undefined): string {
  const { batchSize, workers } = sizes;
  const fits = (changed: Partial<Sizes>) => {
    const arena = counted({ ...sizes, ...changed }, count);
    return arena !== undefined && arena.taken <= ARENA_LIMIT;
  };
  const fewerSamples = () => {
    const batch = mostThatFits(batchSize, (size) => fits({ batchSize: size }));
    return batch > 0 ? `a batch size of ${batch} fits` : undefined;
  };
  const fewerWorkers = () => {
    const threads = mostThatFits(workers, (number) => fits({ workers: number }));
    const reason = 'each of which has scratch memory of its own';
    return threads > 0 ? `take fewer workers than ${workers}, ${reason}: ${threads} fit` : undefined;
  };
  const ofThreads = (wanted?.bytes.get('the threads’ scratch') ?? 0) > ARENA_LIMIT / 2;
  const advised = ofThreads ? (fewerWorkers() ?? fewerSamples()) : (fewerSamples() ?? fewerWorkers());
  if (advised) return advised;
  return 'a batch of one sample does not fit either, so take a smaller network or smaller inputs';
}

/** The largest number that fits, below one that does not; 0 if none does. */
function mostThatFits(tooLarge: number, fits: (number: number) => boolean): number {
  let [most, above] = [0, tooLarge];
  while (above - most > 1) {
    const middle = Math.floor((most + above) / 2);
    if (fits(middle)) most = middle;
    else above = middle;
  }
  return most;
}

/** As "5.02 GiB of memory (4.01 for activations, 1.00 for weights)". */
function inWords({ taken, bytes }: CountingArena): string {
  const gigabytes = (size: number) => (size / 2 ** 30).toFixed(2);
  const parts = [...bytes]
    .toSorted(([, a], [, b]) => b - a)
    .filter(([, size]) => size > 0.01 * taken)
    .map(([use, size]) => `${gigabytes(size)} for ${use}`);
  return `${gigabytes(taken)} GiB of memory (${parts.join(', ')})`;
}
