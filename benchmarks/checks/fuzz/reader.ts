import { type ErrorCode, HeddleError } from '../../../src/errors.js';
import type { Random } from './random.js';

/** A reader under test. */
export interface FuzzedReader {
  readonly name: string;
  /** The codes of the errors that it may throw. */
  readonly codes: readonly ErrorCode[];
  /** Its part of all inputs, in relation to that of the others. */
  readonly share: number;
  /** Makes an input, and returns what reads it: that throws a HeddleError where the reader does, and any other error
   * where the reader took what it should refuse, refused what it should take, or read something else than is there. */
  prepare(random: Random): () => void | Promise<void>;
}

/** Throws unless a reader did what it should. */
export function expectThat(right: boolean, what: string): void {
  if (!right) throw new Error(what);
}

/** 'read', or the code of the error, if it is one of those that may be; any other error is thrown. */
export async function outcomeOf(read: () => void | Promise<void>, codes: readonly ErrorCode[]): Promise<string> {
  try {
    await read();
    return 'read';
  } catch (error) {
    if (!(error instanceof HeddleError && codes.includes(error.code))) throw error;
    return error.code;
  }
}
