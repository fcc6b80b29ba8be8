/** Worker threads that are alike: Node's, which Piscina starts, or a browser's. */
export interface Threads {
  /** Gives a task to a thread that has none; the tasks that run are never more than the threads.
   * @throws Error with the words of the task's, or of what the thread died of */
  run(task: unknown): Promise<unknown>;
  /** Ends the threads, whatever they are at. */
  close(): Promise<void>;
}

/** @param data what each thread is started with
 * @throws HeddleError WORKER when there may be no threads */
export type StartThreads = (threads: number, data: unknown) => Threads;
