import type { Piscina } from 'piscina';
import { HeddleError, reason } from '../errors.js';
import { startThreads } from './threads.js';

/** What a worker thread is started with that does tasks of which each is complete in itself. */
export interface TaskThreadData<Setup> {
  readonly setup: Setup;
}

/** Worker threads for tasks that know nothing of each other: WorkerPool is for those that wait for one another. */
export class TaskPool<Task, Result> {
  private readonly piscina: Piscina<Task, Result>;
  /** Rejects when a thread dies. */
  private readonly died: Promise<never>;

  /** @param subject what the threads do, in messages
   * @param setup what each thread gets once
   * @throws HeddleError WORKER when this process may have no threads */
  constructor(
    private readonly subject: string,
    private readonly workers: number,
    setup: { readonly work: string },
  ) {
    const workerData: TaskThreadData<typeof setup> = { setup };
    this.piscina = startThreads(workers, workerData);
    this.died = new Promise((_, reject) => this.piscina.on('error', (cause) => reject(this.failure(cause))));
    this.died.catch(() => {}); // between two runs nobody waits for it
  }

  /** Runs tasks, which are made as threads get free.
   * @param onResult called with each result as it comes, in no certain order; what it throws ends the run
   * @throws HeddleError WORKER with the words of the first task that fails, or when the pool is closed meanwhile */
  async run(tasks: Generator<Task>, onResult: (result: Result) => void): Promise<void> {
    const lane = async () => {
      for (const task of tasks)
        onResult(
          await this.piscina.run(task).catch((cause) => {
            throw this.failure(cause);
          }),
        );
    };
    // While a thread is at one task its next one lies ready.
    await Promise.race([this.died, Promise.all(Array.from({ length: 2 * this.workers }, lane))]);
  }

  private failure(cause: unknown): HeddleError {
    return new HeddleError('WORKER', `${this.subject} failed in a worker thread: ${reason(cause)}`, { cause });
  }

  /** Ends the worker threads, and with them a run that goes on. */
  async close(): Promise<void> {
    await this.piscina.destroy();
  }
}
