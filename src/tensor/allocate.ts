import { HeddleError } from '../errors.js';

/** Runs a request for memory. @throws HeddleError MEMORY, naming what it is for, when the engine refuses */
export function allocate<T>(what: string, request: () => T): T {
  try {
    return request();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new HeddleError(
      'MEMORY',
      `the engine refused memory for ${what}: ${(cause as Error).message}. Allow the process more memory`,
      { cause },
    );
  }
}
