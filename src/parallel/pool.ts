import { HeddleError } from '../errors.js';
import type { Machine, Pass, Phase } from '../program/phase.js';
import type { Companion } from './machines.js';
import { STOPPED, Team, type TeamMemory } from './team.js';
import type { StartThreads, Threads } from './threads.js';

/** What a worker thread is started with. */
export interface ThreadData<Setup> {
  readonly setup: Setup;
  readonly team: TeamMemory;
}

/** What a worker does for many passes. */
export interface ThreadTask<Task> {
  readonly worker: number;
  readonly task: Task;
}

/** The other machines that share each batch. */
export interface Others extends Machine {
  companion(team: TeamMemory): Companion;
}

/** What messages call whose pool it is, and a pass of its. */
export interface PoolWords {
  readonly owner: string;
  readonly pass: string;
}

/** Runs passes of programs, one pass at a time. */
export interface Pool<Program extends string, Task> {
  /** @throws HeddleError STATE unless the pool is free for a pass */
  check(): void;
  /** @throws HeddleError STATE when it is closed meanwhile, WORKER with the words of what failed */
  run(program: Program, pass: Pass, task: Task): Promise<void>;
  close(): Promise<void>;
}

/** What a pool may be that is not free for a pass. */
interface PoolState {
  readonly closed: boolean;
  readonly broken: Error | undefined;
  readonly running: boolean;
}

/** @throws HeddleError STATE unless the pool is free for a pass */
export function checkFree({ owner }: PoolWords, { closed, broken, running }: PoolState): void {
  if (closed) throw new HeddleError('STATE', `the ${owner} was closed; make another one`);
  if (broken) throw new HeddleError('STATE', `the ${owner} cannot go on after: ${broken.message}`, { cause: broken });
  if (running) throw new HeddleError('STATE', `the ${owner} is at work already; await that before the next call`);
}

/** What threads a pool starts, and for what. */
export interface PoolSettings<Setup, Program extends string> {
  readonly words: PoolWords;
  readonly startThreads: StartThreads;
  readonly workers: number;
  /** Of which each pass runs one. */
  readonly programs: Readonly<Record<Program, readonly Phase[]>>;
  /** Parameter groups, of which a pass has learning rates. */
  readonly groups: number;
  readonly setup: Setup;
  readonly others?: Others | undefined;
}

/** How often the main thread looks at a pass, in milliseconds, and how many looks without progress end it: 2 minutes. */
const LOOK = 5_000;
const LOOKS = 24;

/** Milliseconds that the other workers have to stop by themselves when one has failed. */
const GRACE = 2_000;

/** Milliseconds that the workers stay at their tasks without a pass. Until then a new one begins sooner, and the process does not
 * end. */
const LINGER = 50;

type Timer = ReturnType<typeof setTimeout>;

/** Worker threads that run programs together. What a program computes is the user's business: it does not read setup and tasks.
 * Each thread has a task that lasts for all passes that have a task in common, and a moment longer: within it the team needs no
 * messages, which take longer than many a pass. */
export class WorkerPool<Setup, Program extends string, Task> implements Pool<Program, Task> {
  private readonly words: PoolWords;
  private readonly workers: number;
  private readonly team: Team;
  private readonly threads: Threads;
  private readonly programs: readonly string[];
  private readonly companion: Companion | undefined;
  private running = false;
  private broken: Error | undefined;
  private closed = false;
  private task: Task | undefined;
  private tasks: readonly Promise<unknown>[] = [];
  /** When the workers have done with the tasks before these. */
  private gone: Promise<unknown> = Promise.resolve();
  private watch: Timer | undefined;
  private idle: Timer | undefined;
  /** Ends the pass that runs. */
  private reject: (error: Error) => void = () => {};

  constructor({ words, startThreads, workers, programs, groups, setup, others }: PoolSettings<Setup, Program>) {
    this.words = words;
    this.workers = workers;
    const mostPhases = Math.max(...Object.values<readonly Phase[]>(programs).map(({ length }) => length));
    this.programs = Object.keys(programs);
    const machine = others && { rank: others.rank, ranks: others.ranks };
    this.team = Team.create(mostPhases, workers, groups, machine);
    this.companion = others?.companion(this.team.memory);
    const data: ThreadData<Setup> = { setup, team: this.team.memory };
    // The workers wait for each other: each task has a thread of its own.
    this.threads = startThreads(workers, data);
  }

  check(): void {
    const { words, closed, broken, running } = this;
    checkFree(words, { closed, broken, running });
  }

  /** @param task as the workers get it once for all passes that follow each other with the same one
   * @throws HeddleError STATE when it is closed meanwhile, WORKER with the words of the first worker to fail, or who made no
   *   progress for two minutes */
  async run(program: Program, pass: Pass, task: Task): Promise<void> {
    this.check();
    this.running = true;
    try {
      await new Promise<void>((resolve, reject) => {
        this.reject = reject;
        this.passOver(program, pass, task).then(resolve, reject);
      });
    } catch (error) {
      const name = `${this.words.pass} ${pass.number + 1}`;
      if (this.closed) throw new HeddleError('STATE', `the ${this.words.owner} was closed during ${name}`);
      const cause = await this.stop(error as Error);
      this.broken = new HeddleError('WORKER', `${name} failed in a worker thread: ${cause.message}`, { cause });
      throw this.broken;
    } finally {
      this.running = false;
      if (this.idle) this.waitIdle();
    }
  }

  private async passOver(program: Program, pass: Pass, task: Task): Promise<void> {
    if (this.tasks.length === 0 || task !== this.task) await this.gather(task);
    await this.team.pass(this.programs.indexOf(program), pass);
  }

  /** Gives each worker a task, when it has done with the one before. */
  private async gather(task: Task): Promise<void> {
    await this.dismiss();
    if (this.closed) throw new Error('closed');
    this.team.clear();
    this.task = task;
    const workers = Array.from({ length: this.workers }, (_, worker) =>
      this.threads.run({ worker, task } satisfies ThreadTask<Task>),
    );
    this.tasks = [...workers, ...(this.companion ? [this.companion.takePart()] : [])];
    for (const each of this.tasks)
      each.catch((error) => {
        if (this.running) this.reject(error);
        else this.broken ??= error;
      });
    this.watch = this.watchProgress();
    this.waitIdle();
  }

  private waitIdle(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      if (!this.running) this.dismiss();
    }, LINGER);
  }

  /** Ends the workers' tasks. */
  private dismiss(): Promise<unknown> {
    this.forget();
    if (this.tasks.length > 0) this.gone = Promise.allSettled(this.tasks);
    this.tasks = [];
    this.team.dismiss();
    return this.gone;
  }

  /** Stops the timers. */
  private forget(): void {
    clearInterval(this.watch);
    clearTimeout(this.idle);
    this.idle = undefined;
  }

  private watchProgress(): Timer {
    let [progress, looks] = [-1, 0];
    return setInterval(() => {
      const now = this.team.progress();
      looks = now === progress ? looks + 1 : 0;
      progress = now;
      if (looks < LOOKS) return;
      const late = `worker ${this.team.late().join(' and ')} of ${this.workers}`;
      this.reject(new Error(`no progress for ${(LOOK * LOOKS) / 1000} s; waiting for ${late}`));
    }, LOOK);
  }

  /** Stops the other workers, by force those that hang, and tells the first cause. */
  private async stop(first: Error): Promise<Error> {
    this.forget();
    this.team.fail();
    const ended = Promise.allSettled(this.tasks);
    let grace: Timer | undefined;
    const timeout = new Promise<void>((resolve) => {
      grace = setTimeout(resolve, GRACE);
    });
    const outcomes = (await Promise.race([ended, timeout])) ?? [];
    clearTimeout(grace);
    await this.threads.close();
    const errors = outcomes.flatMap((task) => (task.status === 'rejected' ? [task.reason as Error] : []));
    return first.message === STOPPED ? (errors.find(({ message }) => message !== STOPPED) ?? first) : first;
  }

  /** Ends the worker threads. */
  async close(): Promise<void> {
    this.closed = true;
    this.forget();
    // The companion is no thread of the pool's, and is to be free for others.
    if (this.running) this.team.fail();
    else this.team.dismiss();
    await this.threads.close();
  }
}
