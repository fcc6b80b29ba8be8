import { parseArgs } from 'node:util';

/** Training and inference on batches, and inference on one image at a time. */
export type Mode = 'train' | 'infer' | 'one';
const modes: readonly Mode[] = ['train', 'infer', 'one'];

export interface Options {
  readonly networks: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly peers: readonly string[];
  /** Undefined: training and inference of all, and one image of the specified network. */
  readonly modes: readonly Mode[] | undefined;
  readonly scaling: boolean;
}

/** What may be chosen. */
export interface Choices {
  readonly networks: readonly string[];
  readonly peers: readonly string[];
}

/** @throws Error for an option or a name that there is not */
export function readOptions(args: readonly string[], choices: Choices): Options {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { rounds: text, seconds: text, peers: text, modes: text, scaling: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  return {
    networks: positionals.length > 0 ? chosen('networks', positionals, choices.networks) : choices.networks,
    rounds: positive('rounds', 'whole number', values.rounds ?? '5', /^\d{1,4}$/),
    seconds: positive('seconds', 'number', values.seconds ?? '0.8', /^\d{1,4}(\.\d{1,3})?$/),
    peers: values.peers === undefined ? choices.peers : chosen('peers', values.peers.split(','), choices.peers),
    modes: values.modes === undefined ? undefined : chosen('modes', values.modes.split(','), modes),
    scaling: values.scaling,
  };
}

/** @throws Error */
export function positive(name: string, kind: string, text: string, pattern: RegExp): number {
  if (!pattern.test(text) || Number(text) === 0) throw new Error(`--${name} wants a ${kind} above 0, not ${text}`);
  return Number(text);
}

/** In the order of all. @throws Error for a name that there is not */
export function chosen<Name extends string>(what: string, wanted: readonly string[], all: readonly Name[]): Name[] {
  const unknown = wanted.find((name) => !all.some((each) => each === name));
  if (unknown !== undefined) throw new Error(`${what}: there is no ${unknown}; there are ${all.join(', ')}`);
  return all.filter((name) => wanted.includes(name));
}
