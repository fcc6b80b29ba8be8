import { HeddleError } from '../errors.js';
import { type Phase, runUnit, type Step, unitsOf } from '../phase.js';

/** Milliseconds without any progress after which a worker that waits gives up. */
const PATIENCE = 120_000;

/**
 * What the threads of a step share: a flag, and for each phase how many of its units are claimed and how many workers
 * have finished it; for each worker how far it is. The main thread clears it while no step runs.
 */
export class Team {
  private readonly control: Int32Array;

  constructor(
    readonly memory: SharedArrayBuffer,
    private readonly phases: number,
    private readonly workers: number,
  ) {
    this.control = new Int32Array(memory);
  }

  static create(phases: number, workers: number): Team {
    return new Team(new SharedArrayBuffer(4 * (1 + 2 * phases + workers)), phases, workers);
  }

  private readonly failed = 0;
  private claimed = (phase: number) => 1 + phase;
  private finished = (phase: number) => 1 + this.phases + phase;
  private progress = (worker: number) => 1 + 2 * this.phases + worker;

  clear(): void {
    this.control.fill(0);
  }

  /**
   * Takes part in a step as `worker`. Units go to whoever is free; the result does not depend on who did which, since
   * each writes to its own place. Phases are in order for all workers.
   *
   * @throws HeddleError WORKER when another worker failed or made no progress for two minutes
   */
  run(phases: readonly Phase[], step: Step, worker: number, scratch: Float32Array): void {
    try {
      for (const [index, phase] of phases.entries()) {
        const units = unitsOf(phase, step);
        for (let unit = this.claim(index); unit < units; unit = this.claim(index)) runUnit(phase, unit, step, scratch);
        Atomics.store(this.control, this.progress(worker), index + 1);
        this.meet(index);
      }
    } catch (error) {
      this.fail();
      throw error;
    }
  }

  private claim(phase: number): number {
    return Atomics.add(this.control, this.claimed(phase), 1);
  }

  /** Waits until all workers have finished a phase. */
  private meet(phase: number): void {
    const place = this.finished(phase);
    let finished = Atomics.add(this.control, place, 1) + 1;
    if (finished === this.workers) Atomics.notify(this.control, place);
    let claimed = Atomics.load(this.control, this.claimed(phase));
    while (finished < this.workers) {
      const outcome = Atomics.wait(this.control, place, finished, PATIENCE);
      if (Atomics.load(this.control, this.failed)) throw new HeddleError('WORKER', STOPPED);
      if (outcome === 'timed-out') {
        const now = Atomics.load(this.control, this.claimed(phase));
        if (now === claimed) throw new HeddleError('WORKER', this.missing(phase));
        claimed = now;
      }
      finished = Atomics.load(this.control, place);
    }
  }

  private missing(phase: number): string {
    const late = Array.from({ length: this.workers }, (_, worker) => worker).filter(
      (worker) => Atomics.load(this.control, this.progress(worker)) <= phase,
    );
    return `waited ${PATIENCE / 1000} s for worker ${late.map((worker) => worker + 1).join(' and ')} of ${this.workers}, in phase ${phase + 1} of ${this.phases}`;
  }

  /** Makes every worker that waits stop with an error. */
  fail(): void {
    Atomics.store(this.control, this.failed, 1);
    for (let phase = 0; phase < this.phases; phase++) Atomics.notify(this.control, this.finished(phase));
  }
}

/** The error of a worker that stops because another one failed. */
export const STOPPED = 'stopped because another worker failed';
