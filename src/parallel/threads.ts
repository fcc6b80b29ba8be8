import { Piscina } from 'piscina';
import { HeddleError, reason } from '../errors.js';

/** Worker threads that run workers/thread.ts, a task at a time each.
 * @param workerData what each of them is started with
 * @throws HeddleError WORKER when this process may have no threads */
export function startThreads(workers: number, workerData: unknown): Piscina {
  try {
    return new Piscina({
      // In name alone: the build makes workers/thread.ts part of what Piscina's threads run.
      filename: 'workers/thread.ts',
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: 1,
      recordTiming: false,
      // Not the main thread's: some of Node's options do not suit a thread. What it runs is a text in CommonJS.
      execArgv: ['--input-type=commonjs'],
      workerData,
    });
  } catch (cause) {
    throw new HeddleError('WORKER', `cannot start worker threads: ${reason(cause)}`, { cause });
  }
}
