import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Mode = 'train' | 'infer';

/** What a peer says of itself once its logits agree with heddle's. */
export interface Greeting {
  readonly name: string;
  readonly version: string;
  readonly threads: number;
  readonly modes: readonly Mode[];
  /** The ways it runs the network, each with the largest difference of its logits from heddle's, over the largest logit. */
  readonly variants: Readonly<Record<string, number>>;
}

export interface Peer extends Greeting {
  /** Runs the network on batches for some seconds, and returns images/s. */
  rate(mode: Mode, variant: string, batch: number, seconds: number): Promise<number>;
  stop(): void;
}

/**
 * Starts a program that prints a Greeting as a line of JSON, then images/s for each line `MODE VARIANT BATCH SECONDS` on its
 * standard input: in a process of its own, so that no engine runs with another's threads, memory or flags of V8.
 *
 * @returns the peer, or the last line that its program wrote to standard error, if it ends without a greeting
 */
export async function startPeer(program: string, args: readonly string[]): Promise<Peer | string> {
  const child = spawn(program, args);
  let complaint = `${program} ended without a word`;
  createInterface({ input: child.stderr }).on('line', (line) => {
    complaint = line.trim() || complaint;
  });
  child.on('error', (error) => {
    complaint = error.message;
  });
  child.stdin.on('error', () => {}); // its output ends then
  const ended = new Promise((resolve) => child.on('close', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) {
    await ended;
    return complaint;
  }
  const greeting = JSON.parse(first.value) as Greeting;
  return {
    ...greeting,
    async rate(mode, variant, batch, seconds) {
      child.stdin.write(`${mode} ${variant} ${batch} ${seconds}\n`);
      const next = await lines.next();
      if (next.done) throw new Error(`${greeting.name} stopped at ${mode} ${variant} ${batch}: ${complaint}`);
      return Number(next.value);
    },
    stop: () => child.stdin.end(),
  };
}
