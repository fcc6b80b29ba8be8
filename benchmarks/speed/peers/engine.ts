import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** What an engine says of itself once its results agree with those that it is held to. */
export interface Greeting {
  readonly version: string;
  readonly threads: number;
  /** The largest difference of its results from heddle's, over the largest of those; absent where nothing was compared. */
  readonly error?: number | undefined;
}

/** A network in an engine, at work in a process of its own. */
export interface RunningEngine extends Greeting {
  /** Runs the network for some seconds, and returns images/s. */
  rate(seconds: number): Promise<number>;
  /** The most memory that the process had so far, in MB; undefined where the system does not tell. */
  peakMemory(): Promise<number | undefined>;
  stop(): void;
}

/**
 * Starts a program that prints a Greeting as a line of JSON, then images/s for each line of its standard input, a number of
 * seconds: in a process of its own, so that no engine runs with another's threads, memory or flags of V8.
 *
 * @returns the engine, or the last line that its program wrote to standard error, if it ends without a greeting
 */
export async function startEngine(program: string, args: readonly string[]): Promise<RunningEngine | string> {
  const child = spawn(program, args, { env: environment() });
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
  return {
    ...(JSON.parse(first.value) as Greeting),
    async rate(seconds) {
      child.stdin.write(`${seconds}\n`);
      const next = await lines.next();
      if (next.done) throw new Error(`${program} ${args.join(' ')} stopped: ${complaint}`);
      return Number(next.value);
    },
    async peakMemory() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      const kibibytes = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1];
      return kibibytes === undefined ? undefined : Math.round((Number(kibibytes) * 1024) / 1e6);
    },
    stop: () => child.stdin.end(),
  };
}

/** Without settings of OpenBLAS, which made PyTorch slower than it is. */
const environment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OPENBLAS_')));
