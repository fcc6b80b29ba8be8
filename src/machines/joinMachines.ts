import { Worker } from 'node:worker_threads';
import { type ErrorCode, HeddleError, reason } from '../errors.js';
import type { Companion, Machines } from '../parallel/machines.js';
import type { TeamMemory } from '../parallel/team.js';
import { nothingElse } from '../validate.js';
import { abortJob } from './openMpi/abortJob.js';
import { koffiPath } from './openMpi/koffiPath.js';
import { underMpi } from './underMpi.js';

/** What the thread that calls MPI is asked, and how it answers. */
export type MachinesRequest =
  | { readonly ask: 'companion'; readonly companion: number; readonly setup: unknown; readonly team: TeamMemory }
  | { readonly ask: 'takePart'; readonly companion: number }
  | { readonly ask: 'gather'; readonly text: string }
  | { readonly ask: 'broadcast'; readonly bytes: Uint8Array | undefined }
  | { readonly ask: 'leave' };

export type MachinesAnswer =
  | { readonly result: unknown }
  | { readonly failed: { readonly code: ErrorCode | undefined; readonly message: string } };

/** What that thread is started with. */
export interface MachinesThreadData {
  readonly koffi: string | undefined;
}

/** A job of several machines that this process belongs to. A thread of its own calls MPI, and answers in turn. */
export class JoinedMachines implements Machines {
  private readonly waiting: { resolve(result: unknown): void; reject(cause: Error): void }[] = [];
  private failure: HeddleError | undefined;
  private companions = 0;

  /** @internal */
  constructor(
    private readonly thread: Worker,
    private readonly koffi: string | undefined,
    /** From 0 on. */
    readonly rank: number,
    readonly ranks: number,
  ) {
    thread.on('message', (answer: MachinesAnswer) => {
      const asked = this.waiting.shift();
      if ('result' in answer) asked?.resolve(answer.result);
      else asked?.reject(errorOf(answer.failed));
    });
    thread.on('error', (cause) => this.fail(new HeddleError('MACHINES', reason(cause), { cause })));
  }

  private fail(failure: HeddleError): void {
    this.failure = failure;
    for (const { reject } of this.waiting.splice(0)) reject(failure);
  }

  private ask(request: MachinesRequest): Promise<unknown> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.thread.postMessage(request);
    });
  }

  /** @internal */
  companion(setup: unknown, team: TeamMemory): Companion {
    const companion = this.companions++;
    const ready = this.ask({ ask: 'companion', companion, setup, team });
    ready.catch(() => {}); // who takes part gets to know it
    return {
      takePart: async () => {
        await ready;
        await this.ask({ ask: 'takePart', companion });
      },
    };
  }

  async gather(text: string): Promise<readonly string[]> {
    return (await this.ask({ ask: 'gather', text })) as string[];
  }

  /** Gives all machines what rank 0 has, when all have asked for it.
   * @param bytes of rank 0; ignored elsewhere
   * @throws HeddleError MACHINES */
  async broadcast(bytes?: Uint8Array): Promise<Uint8Array> {
    return (await this.ask({ ask: 'broadcast', bytes })) as Uint8Array;
  }

  /** Ends the processes of all machines. */
  abort(exitCode: number): void {
    abortJob(this.koffi, exitCode);
  }

  /** Takes leave of the others, when all do. */
  async leave(): Promise<void> {
    await this.ask({ ask: 'leave' });
    await this.thread.terminate();
  }
}

const errorOf = ({ code, message }: { code: ErrorCode | undefined; message: string }) =>
  code ? new HeddleError(code, message) : new Error(message);

/** Joins the machines of a job that mpirun or srun has started, one process on each; undefined where this process was started
 * alone. Open MPI is called through Node's own FFI (Node 26.1 or later) or, on others, the npm package koffi.
 *
 * @throws HeddleError MACHINES without Open MPI, or what calls it, and where another MPI has started the job */
export async function joinMachines(...others: never[]): Promise<JoinedMachines | undefined> {
  nothingElse('joinMachines()', others);
  const started = underMpi();
  if (!started) return undefined;
  const koffi = koffiPath();
  const workerData: MachinesThreadData = { koffi };
  const thread = new Worker(new URL('./machinesThread.js', import.meta.url), { workerData });
  const answer = await new Promise<MachinesAnswer>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', (cause) => reject(new HeddleError('MACHINES', reason(cause), { cause })));
  });
  if ('failed' in answer) {
    await thread.terminate();
    throw errorOf(answer.failed);
  }
  const { rank, size } = answer.result as { readonly rank: number; readonly size: number };
  if (size !== started.ranks)
    throw new HeddleError(
      'MACHINES',
      `this is one of ${started.ranks} ranks, and Open MPI knows of ${size}; start it with the mpirun of the Open MPI that it loads`,
    );
  return new JoinedMachines(thread, koffi, rank, size);
}
