import { HeddleError, reason } from '../errors.js';

/** Runs a request for memory. @throws HeddleError MEMORY, naming what it is for, when the engine refuses */
export function allocate<T>(what: string, request: () => T): T {
  try {
    return request();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new HeddleError(
      'MEMORY',
      `the engine refused memory for ${what}: ${reason(cause)}. Allow the process more memory`,
      { cause },
    );
  }
}
