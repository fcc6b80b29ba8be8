import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Trained } from './rank.js';
import type { Workload } from './workload.js';

const program = fileURLToPath(new URL('../machines/rank.js', import.meta.url));

/** How ranks are started: by mpirun and its arguments, or without it one alone. */
export type Launch = readonly string[];

/** The ranks of a training, at work in processes of their own. */
export class Ranks {
  private readonly lines: AsyncIterator<string>;
  private complaints = '';

  private constructor(private readonly process: ChildProcessWithoutNullStreams) {
    this.lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    process.stderr.on('data', (text) => {
      this.complaints += text;
    });
  }

  /** @param network of networks.ts. @returns when they have warmed up */
  static async start(
    launch: Launch,
    network: string,
    { batch, shards }: Pick<Workload, 'batch' | 'shards'>,
    workers: number,
  ): Promise<Ranks> {
    const args = [program, network, batch, shards, workers].map(String);
    const [command, ...others] = [...launch, process.execPath, ...args];
    const ranks = new Ranks(spawn(command, others));
    await ranks.line();
    return ranks;
  }

  private async line(): Promise<string> {
    const next = await this.lines.next();
    if (next.done) throw new Error(`${this.process.spawnargs.join(' ')} ended: ${this.complaints}`);
    return next.value;
  }

  async train(epochs: number): Promise<Trained> {
    this.process.stdin.write(`${epochs}\n`);
    return JSON.parse(await this.line());
  }

  stop(): void {
    this.process.stdin.end();
  }
}
