/** What went wrong, for programs; `message` says the same to people. */
export type ErrorCode =
  | 'ARGUMENT' // a setting or argument is out of its range
  | 'SHAPE' // shapes do not fit
  | 'STATE' // a call that does not fit what came before it
  | 'STATE_DICT' // a state dict does not fit the model
  | 'FILE' // a file is missing or cannot be read or written
  | 'FORMAT' // a file's content is not what its format says
  | 'GRADIENT' // backward's gradients are not those of the output, or that cannot be told
  | 'MEMORY' // the plan does not fit into memory
  | 'CHECKPOINT' // a checkpoint or a study is of another run than the one that it is given to
  | 'BUSY' // more is asked of a Predictor than it keeps waiting
  | 'DIVERGED' // the loss is not a finite number any more
  | 'WORKER' // a worker thread failed
  | 'MACHINES'; // other machines, or what leads to them, failed

/** Every error that heddle throws on purpose. The message names what was expected, what was found, and where; it is one
 * line of at most 1,000 characters, whatever the names and values in it are. */
export class HeddleError extends Error {
  override readonly name = 'HeddleError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(oneLine(message), options);
  }
}

/** Line breaks, and what else moves the cursor, colours the text or turns its direction. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu;
const escaped = (character: string) =>
  character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text of any origin as a terminal may show it, with all that is unprintable escaped. A JSON text means what it meant. */
export const printable = (text: string): string => text.replace(unprintable, escaped);

/** A text without its middle where it is longer than `head` and `tail` together. */
const cut = (text: string, head: number, tail: number) =>
  text.length > head + tail ? `${text.slice(0, head)}…${text.slice(-tail)}` : text;

/** A text as one line of at most 1,000 characters that a terminal shows as it is; long words, such as paths, are cut first. */
export function oneLine(text: string): string {
  const words = (whole: string) => whole.replace(/\S{301,}/g, (word) => cut(word, 200, 80));
  const line = words(printable(words(text)));
  return cut(line, 700, 290);
}

const MAX_QUOTED = 100;

/** Text from a file or a command line as messages show it: control characters escaped, and cut where it is long. */
export function quote(text: string): string {
  const shown = JSON.stringify(text.slice(0, MAX_QUOTED)).slice(1, -1);
  return text.length > MAX_QUOTED ? `'${shown}…'` : `'${shown}'`;
}

/** Any value as messages show it: as JSON, cut where it is long. Code of others may have made it, and throw where it is read. */
export function shown(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  } catch {
    return typeof value === 'bigint' ? `${value}n` : `a value of type ${typeof value} that is not JSON`;
  }
}

/** What something thrown says. It may be anything where it comes from code of others: null, or an object that throws. */
export function reason(thrown: unknown): string {
  try {
    const { message, code, permission } = Object(thrown);
    if (code === 'ERR_ACCESS_DENIED') return missingPermission(permission);
    if (typeof message === 'string' && message !== '') return message;
    return typeof thrown === 'object' && thrown !== null
      ? 'an object without a message was thrown'
      : `${typeof thrown === 'string' ? quote(thrown) : String(thrown)} was thrown`;
  } catch {
    return 'an object was thrown that cannot be shown';
  }
}

/** Node's options that give what its permission model denies. */
const permissionOptions: Readonly<Record<string, string>> = {
  FileSystemRead: '--allow-fs-read for it',
  FileSystemWrite: '--allow-fs-write for its folder',
  WorkerThreads: '--allow-worker',
  FFI: '--allow-ffi',
};

const missingPermission = (permission: unknown) =>
  `Node's permission model denies it; run node with ${permissionOptions[String(permission)] ?? `the permission ${shown(permission)}`}`;
