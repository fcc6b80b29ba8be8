import { HeddleError } from '../errors.js';
import { kindOf } from '../validate.js';

/** A file's content: a Uint8Array or a Buffer, or what `await file.arrayBuffer()` gives. */
export type Bytes = ArrayBufferLike | ArrayBufferView;

/** The kind of an object, whichever realm it is of: of a page's frames, or of a test. */
const tagOf = (value: unknown) => Object.prototype.toString.call(value).slice('[object '.length, -1);

export const isBuffer = (value: unknown): value is ArrayBufferLike =>
  ['ArrayBuffer', 'SharedArrayBuffer'].includes(tagOf(value));

/** The bytes of a file as its readers take them. Shared memory is copied, since another thread could write to it between a
 * check and what relies on it.
 *
 * @throws HeddleError ARGUMENT for anything else, with what to write */
export function bytesOf(what: string, value: Bytes): Uint8Array {
  const view = isBuffer(value) ? new Uint8Array(value) : value;
  if (!ArrayBuffer.isView(view))
    throw new HeddleError(
      'ARGUMENT',
      `${what}: expected its bytes, a Uint8Array or an ArrayBuffer; found ${kindOf(value)}. ${advice(value)}`,
    );
  const bytes = view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return tagOf(bytes.buffer) === 'SharedArrayBuffer' ? new Uint8Array(bytes) : bytes;
}

function advice(value: unknown): string {
  if (typeof value === 'string') return 'Of a path, give what readFile reads there.';
  if (typeof (value as PromiseLike<unknown> | undefined)?.then === 'function') return 'Await the promise first.';
  return 'Of a Blob, a File or a Response, give await it.arrayBuffer(); of numbers, Uint8Array.from(them).';
}
