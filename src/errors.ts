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
  | 'DIVERGED' // the loss is not a finite number any more
  | 'WORKER'; // a worker thread failed

/** Every error that heddle throws on purpose. The message names what was expected, what was found, and where. */
export class HeddleError extends Error {
  override readonly name = 'HeddleError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const MAX_QUOTED = 100;

/** Text from a file as messages show it: control characters escaped, and cut where it is long. */
export function quote(text: string): string {
  const shown = JSON.stringify(text.slice(0, MAX_QUOTED)).slice(1, -1);
  return text.length > MAX_QUOTED ? `'${shown}…'` : `'${shown}'`;
}
