import { HeddleError } from '../../src/errors.js';

/** The HeddleError that a call throws, as "CODE: message"; anything else that happens, as it is. */
export function thrown(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof HeddleError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'nothing thrown';
}
