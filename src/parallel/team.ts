import {
  type ExchangePhase,
  isExchange,
  type Machine,
  type Pass,
  type Phase,
  runUnit,
  unitsOf,
} from '../program/phase.js';
import type { Transfer } from '../program/transfer.js';
import { passLength, readPass, writePass } from './passNumbers.js';

/** The error of a worker that stops because another one failed. */
export const STOPPED = 'stopped because another worker failed';

/** How long a worker waits awake before it sleeps, in milliseconds. */
interface Patience {
  awake: number;
  readonly most: number;
}

const LEAST_AWAKE = 0.001;

/** More units than a phase has. */
const ENOUGH = 2 ** 30;

/** Words of the shared memory: whether a worker has failed, whether all are to go, how many passes were announced, how many
 * threads have left the last one, how many passes all have left, and how often the thread that exchanges has looked for
 * what is to arrive. Behind them lie those that begin anew with each pass: for
 * each phase how many of its units are claimed and how many finished, for each worker how many phases it has completed. */
const [FAILED, DISMISSED, ANNOUNCED, LEFT, PASSED, LOOKED, COUNTS] = [0, 1, 2, 3, 4, 5, 6];

/** What a worker thread needs of its team. */
export interface TeamMemory {
  readonly words: SharedArrayBuffer;
  /** The program of the pass that was announced, and the pass. */
  readonly numbers: SharedArrayBuffer;
  /** Which one this is, where several machines share each batch. */
  readonly machine: Machine | undefined;
}

/** What carries out transfers: the team's thread that exchanges gives it those of a pass. */
export interface Carrier {
  /** Begins transfers that machines have in the same order.
   * @param place of theirs in the program
   * @param onArrival called with each that is complete */
  begin(transfers: readonly Transfer[], place: number, pass: Pass, onArrival: () => void): void;
  /** Goes on with what it has begun, then sleeps until a word changes from a value, or there may be something to go on with.
   * @param allWait whether the workers wait for what it has begun */
  wait(words: Int32Array, place: number, value: number, allWait: boolean): void;
}

/** The place in a program where what is to arrive began: the last one before, as an evaluation by several views goes through a
 * network's phases again and again. */
const beginOf = (phases: readonly Phase[], arrival: number, { transfers }: ExchangePhase) =>
  phases.findLastIndex((phase, i) => i < arrival && phase.by === 'exchange' && phase.transfers === transfers);

/** What the threads of a pool share. The main thread announces a pass, and wakes one worker; each that wakes up wakes two
 * others, since threads that are woken from a core at work may be given that core, all of them. The workers take units of
 * phase after phase, whoever is free the next one, and the last to leave the pass tells the main thread. */
export class Team {
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;
  /** The most that a program may have, which the size of the memory tells. */
  private readonly phases: number;
  /** Those that take part in each pass: the workers, and a thread that exchanges where there are other machines. */
  private readonly members: number;
  // To be woken takes 10 to 50 µs. A unit of a large convolution, for which the others wait at the end of a phase, takes some
  // hundreds, and so does a main thread that has the next pass ready.
  private readonly withinPass: Patience = { awake: LEAST_AWAKE, most: 0.2 };
  private readonly betweenPasses: Patience = { awake: LEAST_AWAKE, most: 0.3 };

  constructor(
    readonly memory: TeamMemory,
    private readonly workers: number,
  ) {
    this.words = new Int32Array(memory.words);
    this.numbers = new Float64Array(memory.numbers);
    this.phases = (this.words.length - COUNTS - workers) / 2;
    this.members = workers + (memory.machine ? 1 : 0);
  }

  /** A team for passes of at most so many phases, and for so many parameter groups. */
  static create(phases: number, workers: number, groups = 0, machine?: Machine): Team {
    const words = new SharedArrayBuffer(4 * (COUNTS + 2 * phases + workers));
    const numbers = new SharedArrayBuffer(8 * (1 + passLength(groups)));
    return new Team({ words, numbers, machine }, workers);
  }

  private claimed = (phase: number) => COUNTS + phase;
  private finished = (phase: number) => COUNTS + this.phases + phase;
  private completedPhases = (worker: number) => COUNTS + 2 * this.phases + worker;

  /** Makes a new beginning, while no worker takes part. */
  clear(): void {
    this.words.fill(0);
  }

  /** Announces a pass to the workers, when all have left the one before, and waits until they have left it. */
  async pass(program: number, pass: Pass): Promise<void> {
    this.words.fill(0, COUNTS);
    this.words[LEFT] = 0;
    this.numbers[0] = program;
    writePass(this.numbers.subarray(1), pass);
    const number = Atomics.add(this.words, ANNOUNCED, 1) + 1;
    Atomics.notify(this.words, ANNOUNCED, 1);
    while (Atomics.load(this.words, PASSED) < number) await Atomics.waitAsync(this.words, PASSED, number - 1).value;
  }

  /** Sends the workers away. */
  dismiss(): void {
    Atomics.store(this.words, DISMISSED, 1);
    Atomics.add(this.words, ANNOUNCED, 1);
    Atomics.notify(this.words, ANNOUNCED);
  }

  /** Waits for the next pass and takes part in it as `worker`. The result does not depend on who did which unit, since each
   * writes to its own place. A phase begins when all units of the one before are finished, though not all workers may have come,
   * and none waits for the others at the end.
   *
   * @param passes in which it took part so far
   * @returns whether there was one: false when it is dismissed
   * @throws Error STOPPED when another worker failed */
  takePart(programs: readonly (readonly Phase[])[], passes: number, worker: number, scratch: Float32Array): boolean {
    this.waitFor(ANNOUNCED, passes + 1, this.betweenPasses);
    if (Atomics.load(this.words, DISMISSED)) return false;
    const { pass, phases } = this.announced(programs);
    for (const [index, phase] of phases.entries()) {
      if (phase.by === 'arrival') this.awaitArrival(phase, beginOf(phases, index, phase));
      const units = unitsOf(phase, pass);
      const own = this.runUnits(phase, index, units, pass, scratch);
      Atomics.store(this.words, this.completedPhases(worker), index + 1);
      if (index + 1 < phases.length) this.meet(this.finished(index), own, units);
    }
    this.leave();
    return true;
  }

  /** The pass that this thread was woken for; it wakes two others. */
  private announced(programs: readonly (readonly Phase[])[]) {
    // Who waits longest is woken first, so none who has done with this pass and waits for the next one is woken instead.
    Atomics.notify(this.words, ANNOUNCED, 2);
    return { pass: readPass(this.numbers.subarray(1), this.memory.machine), phases: programs[this.numbers[0]] };
  }

  private leave(): void {
    if (Atomics.add(this.words, LEFT, 1) + 1 < this.members) return;
    Atomics.add(this.words, PASSED, 1);
    Atomics.notify(this.words, PASSED);
  }

  /** Takes part in the next pass as the thread that exchanges with other machines, as takePart. It begins transfers in the order
   * of the program, each when what stands before is finished. */
  exchange(programs: readonly (readonly Phase[])[], passes: number, carrier: Carrier): boolean {
    this.carryOn(ANNOUNCED, passes + 1, carrier);
    if (Atomics.load(this.words, DISMISSED)) return false;
    const { pass, phases } = this.announced(programs);
    const last = phases.findLastIndex(isExchange);
    for (const [index, phase] of phases.slice(0, last + 1).entries())
      if (phase.by === 'exchange') carrier.begin(phase.transfers, index, pass, () => this.arrive(index));
      else if (phase.by === 'arrival')
        this.carryOn(this.finished(beginOf(phases, index, phase)), phase.transfers.length, carrier, LOOKED);
      else this.carryOn(this.finished(index), unitsOf(phase, pass), carrier);
    this.leave();
    return true;
  }

  private arrive(index: number): void {
    Atomics.add(this.words, this.finished(index), 1);
    Atomics.notify(this.words, this.finished(index));
  }

  /** Exchanges until a word has come to so many.
   * @param progress a word that tells that it is others who are waited for, and not this machine's workers */
  private carryOn(place: number, count: number, carrier: Carrier, progress?: number): void {
    for (let found = Atomics.load(this.words, place); found < count; found = Atomics.load(this.words, place)) {
      carrier.wait(this.words, place, found, progress !== undefined);
      if (progress !== undefined) Atomics.add(this.words, progress, 1);
    }
    if (Atomics.load(this.words, FAILED)) throw new Error(STOPPED);
  }

  /** Who waits for another machine sleeps at once: the thread that exchanges may want the core. */
  private awaitArrival(arrival: ExchangePhase & { readonly by: 'arrival' }, begin: number): void {
    const start = performance.now();
    const place = this.finished(begin);
    const count = arrival.transfers.length;
    for (let found = Atomics.load(this.words, place); found < count; found = Atomics.load(this.words, place))
      Atomics.wait(this.words, place, found);
    arrival.onArrival?.(performance.now() - start);
    if (Atomics.load(this.words, FAILED)) throw new Error(STOPPED);
  }

  /** @returns how many units fell to this worker */
  private runUnits(phase: Phase, index: number, units: number, pass: Pass, scratch: Float32Array): number {
    let own = 0;
    for (let unit = this.claim(index); unit < units; unit = this.claim(index)) {
      runUnit(phase, unit, pass, scratch);
      own++;
    }
    return own;
  }

  private claim(phase: number): number {
    return Atomics.add(this.words, this.claimed(phase), 1);
  }

  /** Waits until all units of a phase are finished. The main thread's watch over the pass bounds the wait. */
  private meet(place: number, own: number, units: number): void {
    if (own > 0 && Atomics.add(this.words, place, own) + own === units) Atomics.notify(this.words, place);
    this.waitFor(place, units, this.withinPass);
    if (Atomics.load(this.words, FAILED)) throw new Error(STOPPED);
  }

  /** Waits until a word has come to so many. Who waits awake may have the core that others need: it does so longer when the
   * last wait was a short one, and shorter when it was in vain. */
  private waitFor(place: number, count: number, patience: Patience): void {
    const start = performance.now();
    for (let found = Atomics.load(this.words, place); found < count; found = Atomics.load(this.words, place))
      if (performance.now() - start > patience.awake) Atomics.wait(this.words, place, found);
    const wasShort = performance.now() - start < 2 * patience.most;
    patience.awake = wasShort ? Math.min(2 * patience.awake, patience.most) : Math.max(patience.awake / 2, LEAST_AWAKE);
  }

  /** Makes every worker stop with an error at the end of its phase, and go if it waits for a pass. */
  fail(): void {
    Atomics.store(this.words, FAILED, 1);
    for (let phase = 0; phase < this.phases; phase++) {
      // The word that a worker waits for must change, or one that is about to wait would miss the notification.
      Atomics.or(this.words, this.finished(phase), ENOUGH);
      Atomics.notify(this.words, this.finished(phase));
    }
    this.dismiss();
  }

  /** A number that changes whenever a worker begins a unit or ends a phase. */
  progress(): number {
    return this.words.reduce((sum, _, place) => sum + Atomics.load(this.words, place), 0);
  }

  /** The workers, counted from 1, that have completed the fewest phases: who the others wait for. */
  late(): number[] {
    const completed = Array.from({ length: this.workers }, (_, worker) =>
      Atomics.load(this.words, this.completedPhases(worker)),
    );
    return completed.flatMap((phases, worker) => (phases === Math.min(...completed) ? [worker + 1] : []));
  }
}
