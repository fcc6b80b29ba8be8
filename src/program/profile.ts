import type { Arena } from '../tensor/arena.js';
import { isExchange, type Phase, type Work } from './phase.js';

/** Where the time of training steps went: milliseconds that one worker took of a step, on average over all, with the
 * operations or bytes of a whole step. */
export interface ProfileRow extends Work {
  readonly milliseconds: number;
}

/** Times the phases of a step. Each worker adds to numbers of its own in shared memory. */
export class Profile {
  /** The worker that this thread is. */
  worker = 0;
  private readonly times: Float64Array;

  constructor(
    arena: Arena,
    private readonly phases: readonly Phase[],
    private readonly workers: number,
  ) {
    this.times = arena.float64(workers * phases.length);
  }

  /** The phases, timed. */
  timed(): Phase[] {
    return this.phases.map((phase, index): Phase => {
      const add = (milliseconds: number) => {
        this.times[this.worker * this.phases.length + index] += milliseconds;
      };
      const timed =
        <Unit extends unknown[]>(run: (...unit: Unit) => void) =>
        (...unit: Unit) => {
          const start = performance.now();
          run(...unit);
          add(performance.now() - start);
        };
      if (isExchange(phase)) return phase.by === 'arrival' ? { ...phase, onArrival: add } : phase;
      if (phase.by === 'shard') return { ...phase, run: timed(phase.run) };
      return phase.by === 'channel' ? { ...phase, run: timed(phase.run) } : { ...phase, run: timed(phase.run) };
    });
  }

  /** A row for each work, and one for what the workers did not spend on any: waiting for each other or the main thread.
   * @param timed the steps that were timed, with the samples and milliseconds of all of them */
  rows({ steps, samples, milliseconds }: { steps: number; samples: number; milliseconds: number }): ProfileRow[] {
    if (steps === 0) return [];
    const perStep = (amount: number | undefined) => (amount ? (amount * samples) / steps : 0);
    const rows = new Map<string, ProfileRow>();
    for (const [index, { work = { name: 'other', pass: '' } }] of this.phases.entries()) {
      const key = `${work.name} ${work.pass}`;
      let sum = 0;
      for (let worker = 0; worker < this.workers; worker++) sum += this.times[worker * this.phases.length + index];
      rows.set(key, {
        ...work,
        operations: perStep(work.operations),
        bytes: perStep(work.bytes),
        milliseconds: (rows.get(key)?.milliseconds ?? 0) + sum / this.workers / steps,
      });
    }
    const busy = [...rows.values()].reduce((sum, row) => sum + row.milliseconds, 0);
    return [...rows.values(), { name: 'waiting', pass: '', milliseconds: milliseconds / steps - busy }];
  }
}
