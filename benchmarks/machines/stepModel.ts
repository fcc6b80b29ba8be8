import type { Transfer } from '../../src/program/exchange.js';
import { isExchange, ownPart, type Pass, type Phase, type Work } from '../../src/program/phase.js';
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

/** How long a step takes: goes through the phases with a clock, on which computing and waiting for what has not arrived move on,
 * while transfers go over the link one behind the other. */
export function stepTime({ phases, compute, samples, shards }: Step, cluster: Cluster): StepTime {
  const own = mostSamples({ samples, shards }, cluster.ranks);
  const costs = phaseCosts(phases, compute, { samples, own, ranks: cluster.ranks });
  const arrivals = new Map<readonly Transfer[], number>();
  const { fixed = 0 } = compute.get(WAITING) ?? {};
  let [clock, waiting, linkFree] = [fixed, 0, 0];
  for (const [index, phase] of phases.entries()) {
    if (phase.by === 'exchange') {
      const { busy, late } = together(phase.transfers, cluster);
      if (isArrivalOf(phases[index + 1], phase.transfers)) {
        const held = linkFree > clock ? behindChunks(cluster) : 0;
        arrivals.set(phase.transfers, clock + busy + late + held);
      } else {
        linkFree = Math.max(clock, linkFree) + busy;
        arrivals.set(phase.transfers, linkFree + late);
      }
    } else if (phase.by === 'arrival') {
      const wait = Math.max(0, (arrivals.get(phase.transfers) ?? 0) - clock);
      clock += wait;
      waiting += wait;
    } else clock += costs.get(phase) ?? 0;
  }
  return { step: clock, compute: clock - waiting, waiting };
}

/** On one machine. */
export const stepAlone = (compute: Compute, samples: number): number =>
  [...compute.values()].reduce((sum, { fixed, perSample }) => sum + fixed + perSample * samples, 0);

/** Samples of the machine that has most. */
function mostSamples({ samples, shards }: Pick<Step, 'samples' | 'shards'>, ranks: number): number {
  const pass: Pass = { samples, shards: Math.min(shards, samples), training: true, number: 0, learningRate: 0 };
  return Math.max(...Array.from({ length: ranks }, (_, rank) => ownPart(pass, { rank, ranks }).count));
}

const isArrivalOf = (phase: Phase | undefined, transfers: readonly Transfer[]) =>
  phase?.by === 'arrival' && phase.transfers === transfers;

function together(transfers: readonly Transfer[], cluster: Cluster): Cost {
  const costs = transfers.map((transfer) => costOf(transfer, cluster));
  return {
    busy: costs.reduce((sum, { busy }) => sum + busy, 0),
    late: Math.max(...costs.map(({ late }) => late)),
  };
}

/** Milliseconds of each phase. What a profile says of a work is shared out evenly among its phases; of a layer that sums its
 * gradients over the whole batch those behind an arrival take the part of the operations that is no gradient of the input. */
function phaseCosts(
  phases: readonly Phase[],
  compute: Compute,
  { samples, own, ranks }: { readonly samples: number; readonly own: number; readonly ranks: number },
): Map<Phase, number> {
  const costs = new Map<Phase, number>();
  for (const [key, group] of worksOf(phases)) {
    const { fixed, perSample } = compute.get(key) ?? { fixed: 0, perSample: 0 };
    const [work] = group.flatMap(({ work }) => work ?? []);
    const begin = group.findLastIndex((phase) => phase.by === 'arrival' && gathersSamples(phase.transfers));
    const isWhole = begin >= 0;
    const share = isWhole ? 1 / gradientsOf(work, phases) : 0;
    const count = onAllWeights.includes(work?.pass ?? '') ? 0 : own;
    const first = group.slice(0, begin + 1).filter((phase) => !isExchange(phase));
    const last = group.slice(begin + 1).filter((phase) => !isExchange(phase));
    const divided = last.some((phase) => 'divided' in phase && phase.divided === true);
    const whole = share * (fixed + perSample * samples) * (divided ? 1 / ranks : 1);
    const rest = (1 - share) * (fixed + perSample * count);
    for (const phase of first) costs.set(phase, rest / first.length);
    for (const phase of last) costs.set(phase, (isWhole ? whole : rest) / last.length);
  }
  return costs;
}

function worksOf(phases: readonly Phase[]): Map<string, Phase[]> {
  const works = new Map<string, Phase[]>();
  for (const phase of phases) {
    if (!phase.work) continue;
    const key = keyOf(phase.work);
    works.set(key, [...(works.get(key) ?? []), phase]);
  }
  return works;
}

const gathersSamples = (transfers: readonly Transfer[]) => transfers.some(({ of }) => of === 'samples');

/** How many gradients a layer's backward pass computes, each as much work as its forward pass. */
function gradientsOf(work: Work | undefined, phases: readonly Phase[]): number {
  const forward = phases.find((phase) => phase.work?.name === work?.name && phase.work?.pass === 'forward');
  return (work?.operations ?? 1) / (forward?.work?.operations ?? 1);
}
