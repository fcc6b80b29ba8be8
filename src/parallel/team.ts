import { type Pass, type Phase, runUnit, unitsOf } from '../program/phase.js';

/** The error of a worker that stops because another one failed. */
export const STOPPED = 'stopped because another worker failed';

/** The most and the fewest milliseconds that a worker waits awake before it sleeps. To be woken takes 10 to 50 µs, and a unit of
 * a large convolution, for which the others wait at the end of a phase, some hundreds; but on a busy machine, whoever waits
 * awake may have the core that the other one needs. */
const MOST_AWAKE = 0.2;
const LEAST_AWAKE = 0.001;

/** What the threads of a pass share: a flag, and for each phase how many of its units are claimed and how many workers
 * have finished it; for each worker how many phases it has completed. The main thread clears it while no pass runs. */
export class Team {
  private readonly control: Int32Array;
  private readonly failed = 0;
  /** The most that a program may have, which the size of the memory tells. */
  private readonly phases: number;
  /** How long this worker waits awake: longer when that was enough the last time, and shorter when it was in vain. */
  private awake = LEAST_AWAKE;

  constructor(
    readonly memory: SharedArrayBuffer,
    private readonly workers: number,
  ) {
    this.control = new Int32Array(memory);
    this.phases = (this.control.length - 1 - workers) / 2;
  }

  /** A team for steps of at most so many phases. */
  static create(phases: number, workers: number): Team {
    return new Team(new SharedArrayBuffer(4 * (1 + 2 * phases + workers)), workers);
  }

  private claimed = (phase: number) => 1 + phase;
  private finished = (phase: number) => 1 + this.phases + phase;
  private completedPhases = (worker: number) => 1 + 2 * this.phases + worker;

  clear(): void {
    this.control.fill(0);
  }

  /** Takes part in a pass as `worker`. Units go to whoever is free; the result does not depend on who did which, since
   * each writes to its own place. All workers are in the same phase, and none waits for the others at the end.
   *
   * @throws Error STOPPED when another worker failed */
  run(phases: readonly Phase[], pass: Pass, worker: number, scratch: Float32Array): void {
    for (const [index, phase] of phases.entries()) {
      const units = unitsOf(phase, pass);
      for (let unit = this.claim(index); unit < units; unit = this.claim(index)) runUnit(phase, unit, pass, scratch);
      Atomics.store(this.control, this.completedPhases(worker), index + 1);
      if (index + 1 < phases.length) this.meet(index);
    }
  }

  private claim(phase: number): number {
    return Atomics.add(this.control, this.claimed(phase), 1);
  }

  /** Waits until all workers have finished a phase. The main thread's watch over the pass bounds the wait. */
  private meet(phase: number): void {
    const place = this.finished(phase);
    const finished = Atomics.add(this.control, place, 1) + 1;
    if (finished === this.workers) Atomics.notify(this.control, place);
    else if (this.waitAwake(place)) this.awake = Math.min(2 * this.awake, MOST_AWAKE);
    else {
      this.awake = Math.max(this.awake / 2, LEAST_AWAKE);
      this.waitAsleep(place);
    }
    if (Atomics.load(this.control, this.failed)) throw new Error(STOPPED);
  }

  /** @returns whether that was enough */
  private waitAwake(place: number): boolean {
    const end = performance.now() + this.awake;
    do if (Atomics.load(this.control, place) >= this.workers) return true;
    while (performance.now() < end);
    return false;
  }

  private waitAsleep(place: number): void {
    let finished = Atomics.load(this.control, place);
    while (finished < this.workers) {
      Atomics.wait(this.control, place, finished);
      finished = Atomics.load(this.control, place);
    }
  }

  /** Makes every worker stop with an error at the end of its phase. */
  fail(): void {
    Atomics.store(this.control, this.failed, 1);
    for (let phase = 0; phase < this.phases; phase++) {
      // The word that a worker waits for must change, or one that is about to wait would miss the notification.
      Atomics.add(this.control, this.finished(phase), this.workers);
      Atomics.notify(this.control, this.finished(phase));
    }
  }

  /** A number that changes whenever a worker begins a unit or ends a phase. */
  progress(): number {
    return this.control.reduce((sum, _, place) => sum + Atomics.load(this.control, place), 0);
  }

  /** The workers, counted from 1, that have completed the fewest phases: who the others wait for. */
  late(): number[] {
    const completed = Array.from({ length: this.workers }, (_, worker) =>
      Atomics.load(this.control, this.completedPhases(worker)),
    );
    return completed.flatMap((phases, worker) => (phases === Math.min(...completed) ? [worker + 1] : []));
  }
}
