import type { Communicator } from './communicator.js';
import type { Collective } from './lanes.js';

/** How long it stays awake when something has come, in milliseconds: to wake up takes as long. */
const AWAKE = 0.03;

/** The shortest and the longest sleep, in milliseconds. Nobody wakes a thread for a message, so it looks from time to time: when
 * it has waited for an eighth longer, which makes no wait much longer, and a long one cheap. */
const [SHORTEST, LONGEST, SHARE] = [0.02, 3, 1 / 8];

/** For so many milliseconds it takes none but the shortest sleeps where all of this machine waits: they take no core from a worker. */
const ATTENTIVE = 20;

/** Carries on the collectives of a rank, on its one thread that has messages. */
export class Progress {
  private readonly underWay = new Set<Collective<unknown>>();
  private lastMoved = 0;
  private readonly nobody = new Int32Array(new SharedArrayBuffer(4));

  constructor(private readonly communicator: Communicator) {}

  /** Begins a collective, and does what of it can be done at once. */
  start(collective: Collective<unknown>): void {
    if (!collective.next().done) this.underWay.add(collective);
    this.lastMoved = performance.now();
  }

  /** Goes on with all that was started. @returns whether a message has come or gone. @throws HeddleError MACHINES */
  poll(): boolean {
    const before = this.communicator.completed;
    for (const collective of this.underWay) if (collective.next().done) this.underWay.delete(collective);
    const moved = this.communicator.completed > before;
    if (moved) this.lastMoved = performance.now();
    return moved;
  }

  /** Goes on with what was started. Where nothing has come for a while, it sleeps for a little, or until a word changes from a
   * value and those who wait for it are notified.
   * @param allWait whether this machine's workers wait for a message as well */
  wait(words: Int32Array, place: number, value: number, allWait = false): void {
    if (this.underWay.size === 0) Atomics.wait(words, place, value);
    else if (!this.poll()) {
      const waited = performance.now() - this.lastMoved;
      const longest = allWait && waited < ATTENTIVE ? SHORTEST : LONGEST;
      if (waited > AWAKE) Atomics.wait(words, place, value, Math.min(Math.max(waited * SHARE, SHORTEST), longest));
    }
  }

  /** Waits until a collective has ended, and goes on with the others meanwhile. */
  complete<Result>(collective: Collective<Result>): Result {
    let ended: { readonly result: Result } | undefined;
    const watched = function* (): Collective {
      ended = { result: yield* collective };
    };
    this.start(watched());
    while (!ended) this.wait(this.nobody, 0, 0);
    return ended.result;
  }
}
