import { HeddleError, reason } from '../errors.js';
import { type Pass, type Phase, runAlone } from '../program/phase.js';
import { checkFree, type Pool, type PoolWords } from './pool.js';

/** Runs programs on the thread that asks for them, where a page can have no others. Before each pass the page may draw and listen. */
export class PageThread<Program extends string, Task> implements Pool<Program, Task> {
  private running = false;
  private broken: Error | undefined;
  private closed = false;

  /** @param begin told the task of a pass before it */
  constructor(
    private readonly words: PoolWords,
    private readonly programs: Readonly<Record<Program, readonly Phase[]>>,
    private readonly scratch: Float32Array,
    private readonly begin: (task: Task) => void,
  ) {}

  check(): void {
    const { words, closed, broken, running } = this;
    checkFree(words, { closed, broken, running });
  }

  async run(program: Program, pass: Pass, task: Task): Promise<void> {
    this.check();
    this.running = true;
    const name = `${this.words.pass} ${pass.number + 1}`;
    try {
      await otherWork();
      if (this.closed) throw new HeddleError('STATE', `the ${this.words.owner} was closed during ${name}`);
      this.begin(task);
      runAlone(this.programs[program], pass, this.scratch);
    } catch (cause) {
      if (this.closed) throw cause;
      this.broken = new HeddleError('WORKER', `${name} failed: ${reason(cause)}`, { cause });
      throw this.broken;
    } finally {
      this.running = false;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** Waits until the page has done what came before. Timers would wait 4 ms. */
function otherWork(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
