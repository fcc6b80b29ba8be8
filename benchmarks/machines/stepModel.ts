import { ownPart } from '../../src/program/ownPart.js';
import { type ComputePhase, isExchange, type Phase, type Work } from '../../src/program/phase.js';
import type { Transfer } from '../../src/program/transfer.js';
import { behindChunks, type Cluster, type Cost, costOf } from './cluster.js';
import { type Compute, keyOf, WAITING } from './compute.js';

/** A step of training on several machines, in milliseconds. */
export interface StepTime {
  readonly step: number;
  /** Of that, what a machine computes, and what it waits for others. */
  readonly compute: number;
  readonly waiting: number;
}

/** What a step is made of. */
export interface Step {
  /** As planned for that many machines. */
  readonly phases: readonly Phase[];
  readonly compute: Compute;
  readonly samples: number;
  readonly shards: number;
}

/** Passes over all weights, which each machine makes for itself. */
const onAllWeights = ['prepare', 'update', 'average'];

/** The time of a machine in a step. */
export class Clock {
  /** Milliseconds since the step began. */
  now = 0;
  waiting = 0;
  /** What the thread that handles messages has to do yet. It takes a core from the workers, which are as many as these. */
  private owed = 0;

  constructor(private readonly cores: number) {}

  handle(milliseconds: number): void {
    this.owed += milliseconds;
  }

  compute(milliseconds: number): void {
    const slower = Math.min(this.owed / this.cores, milliseconds);
    this.owed -= slower * this.cores;
    this.now += milliseconds + slower;
  }

  waitUntil(time: number): void {
    const wait = Math.max(0, time - this.now);
    this.now += wait;
    this.waiting += wait;
    this.owed = Math.max(0, this.owed - wait);
  }
}

/** How long a step takes: goes through the phases with a clock, on which computing and waiting for what has not arrived move on,
 * while transfers go over the link one behind the other. */
export function stepTime({ phases, compute, samples, shards }: Step, cluster: Cluster): StepTime {
  const own = mostSamples({ samples, shards }, cluster.ranks);
  const costs = phaseCosts(phases, compute, { samples, own, ranks: cluster.ranks });
  const arrivals = new Map<readonly Transfer[], number>();
  const { fixed = 0 } = compute.get(WAITING) ?? {};
  const clock = new Clock(cluster.cores);
  clock.compute(fixed);
  let linkFree = 0;
  for (const [index, phase] of phases.entries()) {
    if (phase.by === 'exchange') {
      const { busy, late, handling } = together(phase.transfers, cluster);
      if (isArrivalOf(phases[index + 1], phase.transfers)) {
        const held = Math.min(Math.max(0, linkFree - clock.now), behindChunks(cluster));
        arrivals.set(phase.transfers, clock.now + busy + late + held);
      } else {
        clock.handle(handling);
        linkFree = Math.max(clock.now, linkFree) + busy;
        arrivals.set(phase.transfers, linkFree + late);
      }
    } else if (phase.by === 'arrival') clock.waitUntil(arrivals.get(phase.transfers) ?? 0);
    else clock.compute(costs.get(phase) ?? 0);
  }
  const { now: step, waiting } = clock;
  return { step, compute: step - waiting, waiting };
}

/** On one machine. */
export const stepAlone = (compute: Compute, samples: number): number =>
  [...compute.values()].reduce((sum, { fixed, perSample }) => sum + fixed + perSample * samples, 0);

/** Samples of the machine that has most. */
function mostSamples({ samples, shards }: Pick<Step, 'samples' | 'shards'>, ranks: number): number {
  const pass = { samples, shards: Math.min(shards, samples) };
  return Math.max(...Array.from({ length: ranks }, (_, rank) => ownPart(pass, { rank, ranks }).count));
}

const isArrivalOf = (phase: Phase | undefined, transfers: readonly Transfer[]) =>
  phase?.by === 'arrival' && phase.transfers === transfers;

function together(transfers: readonly Transfer[], cluster: Cluster): Cost {
  const costs = transfers.map((transfer) => costOf(transfer, cluster));
  return {
    busy: costs.reduce((sum, { busy }) => sum + busy, 0),
    late: Math.max(...costs.map(({ late }) => late)),
    handling: costs.reduce((sum, { handling }) => sum + handling, 0),
  };
}

/** Milliseconds of each phase. What a profile says of a work is shared out evenly among its phases; of a layer that sums its
 * gradients over the whole batch, those behind the arrival of the other machines' rows take the part of the operations that is no
 * gradient of the input. */
function phaseCosts(
  phases: readonly Phase[],
  compute: Compute,
  { samples, own, ranks }: { readonly samples: number; readonly own: number; readonly ranks: number },
): Map<Phase, number> {
  const costs = new Map<Phase, number>();
  const ofWholeBatch = phasesBehindRows(phases);
  for (const [key, group] of worksOf(phases)) {
    const { fixed, perSample } = compute.get(key) ?? { fixed: 0, perSample: 0 };
    const work = group[0].work as Work;
    const last = group.filter((phase) => ofWholeBatch.has(phase));
    const first = group.filter((phase) => !ofWholeBatch.has(phase));
    const share = last.length > 0 ? 1 / gradientsOf(work, phases) : 0;
    const count = onAllWeights.includes(work.pass) ? 0 : own;
    const divided = last.some((phase) => phase.by !== 'shard' && phase.divided);
    const whole = share * (fixed + perSample * samples) * (divided ? 1 / ranks : 1);
    for (const phase of first) costs.set(phase, ((1 - share) * (fixed + perSample * count)) / first.length);
    for (const phase of last) costs.set(phase, whole / last.length);
  }
  return costs;
}

/** The phases that compute, by their works. */
function worksOf(phases: readonly Phase[]): Map<string, ComputePhase[]> {
  const works = new Map<string, ComputePhase[]>();
  for (const phase of phases) {
    if (isExchange(phase) || !phase.work) continue;
    const key = keyOf(phase.work);
    works.set(key, [...(works.get(key) ?? []), phase]);
  }
  return works;
}

/** Those of a layer that wait for the other machines' rows of its input. */
function phasesBehindRows(phases: readonly Phase[]): Set<Phase> {
  const behind = new Set<Phase>();
  let [arrived, key] = [false, ''];
  for (const phase of phases) {
    if (phase.by === 'arrival' && phase.work?.pass === 'rows') [arrived, key] = [true, ''];
    if (isExchange(phase) || !phase.work) continue;
    if (arrived) [arrived, key] = [false, keyOf(phase.work)];
    if (keyOf(phase.work) === key) behind.add(phase);
    else key = '';
  }
  return behind;
}

/** How many gradients a layer's backward pass computes, each as much work as its forward pass. */
function gradientsOf({ name, operations = 1 }: Work, phases: readonly Phase[]): number {
  const forward = phases.find(({ work }) => work?.name === name && work.pass === 'forward');
  return operations / (forward?.work?.operations ?? 1);
}
