import { HeddleError, reason } from '../errors.js';
import type { Threads } from './threads.js';

/** What a Web Worker is told: first what it is started with, then task after task. */
export type WebRequest = { readonly start: unknown } | { readonly task: unknown };

/** What it says when a task is over: how it failed, if it did. */
export interface WebAnswer {
  readonly failed: string | undefined;
}

/** Web Workers that run workers/webWorker.ts. */
export function startWebWorkers(threads: number, data: unknown): Threads {
  const workers: WebThread[] = [];
  const close = async () => {
    for (const worker of workers) worker.close();
  };
  try {
    for (let i = 0; i < threads; i++) workers.push(new WebThread(data));
  } catch (cause) {
    close();
    throw new HeddleError('WORKER', `cannot start worker threads: ${reason(cause)}`, { cause });
  }
  return {
    run: async (task) => {
      const free = workers.find(({ isFree }) => isFree);
      if (!free) throw new Error(`each of ${threads} threads has a task already`);
      return free.run(task);
    },
    close,
  };
}

class WebThread {
  // In this form bundlers see that the script belongs to the page.
  private readonly worker = new Worker(new URL('./webWorker.js', import.meta.url), { type: 'module' });
  private death: Error | undefined;
  private settle: ((failure: Error | undefined) => void) | undefined;

  constructor(data: unknown) {
    const { worker } = this;
    worker.onmessage = ({ data: { failed } }: MessageEvent<WebAnswer>) =>
      this.end(failed === undefined ? undefined : new Error(failed));
    worker.onerror = ({ message }) => {
      this.death ??= new Error(message || cannotLoad);
      this.end(this.death);
    };
    this.send({ start: data });
  }

  get isFree(): boolean {
    return this.settle === undefined;
  }

  run(task: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.settle = (failure) => (failure ? reject(failure) : resolve());
      if (this.death) this.end(this.death);
      else this.send({ task });
    });
  }

  private end(failure: Error | undefined): void {
    const { settle } = this;
    this.settle = undefined;
    settle?.(failure);
  }

  private send(request: WebRequest): void {
    this.worker.postMessage(request);
  }

  close(): void {
    this.worker.terminate();
    this.end(new Error('the thread was ended'));
  }
}

/** The event of a script that is missing, or that the page may not have, says nothing. */
const cannotLoad =
  'the browser cannot load webWorker.js, which has to lie beside the script that heddle is in and, where the page is isolated, to come with the header Cross-Origin-Embedder-Policy that the page has';
