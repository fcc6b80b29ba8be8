import { Piscina } from 'piscina';
import { HeddleError, reason } from '../errors.js';
import type { Pass } from '../program/phase.js';
import { STOPPED, Team } from './team.js';

/** What a worker thread is started with. */
export interface ThreadData<Setup> {
  readonly setup: Setup;
  readonly team: SharedArrayBuffer;
}

/** A worker's share of one pass. */
export interface ThreadTask<Task> {
  readonly worker: number;
  readonly pass: Pass;
  readonly task: Task;
}

/** What messages call whose pool it is, and a pass of its. */
export interface PoolWords {
  readonly owner: string;
  readonly pass: string;
}

/** How often the main thread looks at a pass, in milliseconds, and how many looks without progress end it: 2 minutes. */
const LOOK = 5_000;
const LOOKS = 24;

/** Milliseconds that the other workers have to stop by themselves when one has failed. */
const GRACE = 2_000;

/** @throws HeddleError WORKER when this process may have no threads */
function startThreads(options: ConstructorParameters<typeof Piscina>[0]): Piscina {
  try {
    return new Piscina(options);
  } catch (cause) {
    throw new HeddleError('WORKER', `cannot start worker threads: ${reason(cause)}`, { cause });
  }
}

/** Worker threads that run programs together. What a program computes is the user's business: it does not read setup and tasks. */
export class WorkerPool<Setup, Task> {
  private readonly team: Team;
  private readonly piscina: Piscina;
  private running = false;
  private broken: Error | undefined;
  private closed = false;

  /** @param mostPhases that a program may have */
  constructor(
    private readonly words: PoolWords,
    private readonly workers: number,
    mostPhases: number,
    setup: Setup,
  ) {
    this.team = Team.create(mostPhases, workers);
    const workerData: ThreadData<Setup> = { setup, team: this.team.memory };
    this.piscina = startThreads({
      // In name alone: the build makes workers/thread.ts part of what Piscina's threads run.
      filename: 'workers/thread.ts',
      minThreads: workers,
      maxThreads: workers,
      // A pass's tasks wait for each other, so each must have a thread of its own.
      concurrentTasksPerWorker: 1,
      recordTiming: false,
      // Not the main thread's: some of Node's options do not suit a thread. What it runs is a text in CommonJS.
      execArgv: ['--input-type=commonjs'],
      workerData,
    });
    // A thread that dies between two passes is reported by the next one.
    this.piscina.on('error', (error: unknown) => {
      this.broken ??= new Error(reason(error), { cause: error });
    });
  }

  /** @throws HeddleError STATE unless the pool is free for a pass */
  check(): void {
    const { owner } = this.words;
    if (this.closed) throw new HeddleError('STATE', `the ${owner} was closed; make another one`);
    if (this.broken)
      throw new HeddleError('STATE', `the ${owner} cannot go on after: ${this.broken.message}`, { cause: this.broken });
    if (this.running)
      throw new HeddleError('STATE', `the ${owner} is at work already; await that before the next call`);
  }

  /** @throws HeddleError STATE when it is closed meanwhile, WORKER with the words of the first worker to fail, or who made no
   * progress for two minutes */
  async run(pass: Pass, task: Task): Promise<void> {
    this.check();
    this.team.clear();
    this.running = true;
    const { stalled, watch } = this.watchProgress();
    const tasks = Array.from({ length: this.workers }, (_, worker) =>
      this.piscina.run({ worker, pass, task } satisfies ThreadTask<Task>),
    );
    try {
      await Promise.race([Promise.all(tasks), stalled]);
    } catch (error) {
      const name = `${this.words.pass} ${pass.number + 1}`;
      if (this.closed) throw new HeddleError('STATE', `the ${this.words.owner} was closed during ${name}`);
      const cause = await this.stop(tasks, error as Error);
      this.broken = new HeddleError('WORKER', `${name} failed in a worker thread: ${cause.message}`, { cause });
      throw this.broken;
    } finally {
      clearInterval(watch);
      this.running = false;
    }
  }

  private watchProgress() {
    let [progress, looks] = [-1, 0];
    let watch: NodeJS.Timeout | undefined;
    const stalled = new Promise<never>((_, reject) => {
      watch = setInterval(() => {
        const now = this.team.progress();
        looks = now === progress ? looks + 1 : 0;
        progress = now;
        if (looks < LOOKS) return;
        const names = this.team.late().join(' and ');
        reject(new Error(`no progress for ${(LOOK * LOOKS) / 1000} s; waiting for worker ${names} of ${this.workers}`));
      }, LOOK);
    });
    return { stalled, watch };
  }

  /** Stops the other workers, by force those that hang, and tells the first cause. */
  private async stop(tasks: readonly Promise<void>[], first: Error): Promise<Error> {
    this.team.fail();
    const ended = Promise.allSettled(tasks);
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, GRACE).unref());
    const outcomes = (await Promise.race([ended, timeout])) ?? [];
    await this.piscina.destroy();
    const errors = outcomes.flatMap((task) => (task.status === 'rejected' ? [task.reason as Error] : []));
    return first.message === STOPPED ? (errors.find(({ message }) => message !== STOPPED) ?? first) : first;
  }

  /** Ends the worker threads. */
  async close(): Promise<void> {
    this.closed = true;
    await this.piscina.destroy();
  }
}
