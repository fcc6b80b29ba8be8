import { HeddleError, reason } from '../errors.js';
import { startPiscina } from './piscinaThreads.js';
import type { Threads } from './threads.js';

/** What the threads of a pool can do, by name. */
type TaskTable = Readonly<Record<string, (task: never) => Promise<unknown>>>;

/** What a worker thread is started with that does tasks of a table. */
export interface TaskThreadData {
  readonly work: 'tasks';
}

export interface NamedTask<Name> {
  readonly name: Name;
  readonly task: never;
}

/** Worker threads for tasks of which each is complete in itself; a WorkerPool's wait for each other. */
export class TaskPool<Table extends TaskTable> {
  private readonly threads: Threads;

  /** @param subject what the tasks are for, in messages
   * @throws HeddleError WORKER when this process may have no threads */
  constructor(
    private readonly subject: string,
    private readonly workers: number,
  ) {
    this.threads = startPiscina(workers, { work: 'tasks' } satisfies TaskThreadData);
  }

  /** Runs tasks of one name, which are made as threads get free.
   * @param onResult called with each result as it comes, in no certain order; what it throws ends the run
   * @throws HeddleError WORKER with the words of the first task that fails, or when the pool is closed meanwhile */
  async run<Name extends keyof Table>(
    name: Name,
    tasks: Generator<Parameters<Table[Name]>[0]>,
    onResult: (result: Awaited<ReturnType<Table[Name]>>) => void,
  ): Promise<void> {
    const lane = async () => {
      for (const task of tasks) onResult((await this.result({ name, task })) as Awaited<ReturnType<Table[Name]>>);
    };
    // While a thread is at one task, its next one lies ready.
    await Promise.all(Array.from({ length: 2 * this.workers }, lane));
  }

  private async result<Name>(task: NamedTask<Name>) {
    try {
      return await this.threads.run(task);
    } catch (cause) {
      throw new HeddleError('WORKER', `${this.subject} failed in a worker thread: ${reason(cause)}`, { cause });
    }
  }

  /** Ends the worker threads, and a run that goes on. */
  async close(): Promise<void> {
    await this.threads.close();
  }
}
