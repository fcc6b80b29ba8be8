import { Piscina } from 'piscina';
import { HeddleError, reason } from '../errors.js';
import type { Threads } from './threads.js';

/** Threads of Node's that run workers/thread.ts; of more tasks than threads each waits for one. */
export function startPiscina(threads: number, workerData: unknown): Threads {
  const piscina = create(threads, workerData);
  // Of a thread that dies at no task the next one is told.
  let death: unknown;
  piscina.on('error', (cause) => {
    death ??= new Error(reason(cause), { cause });
  });
  return {
    run: async (task) => {
      if (death) throw death;
      return piscina.run(task);
    },
    close: () => piscina.destroy(),
  };
}

function create(threads: number, workerData: unknown): Piscina {
  try {
    return new Piscina({
      // In name alone: the build makes workers/thread.ts part of what Piscina's threads run.
      filename: 'workers/thread.ts',
      minThreads: threads,
      maxThreads: threads,
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
