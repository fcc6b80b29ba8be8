import { isExchange, type Phase } from '../../src/program/phase.js';
import { type Cluster, ringCost } from './cluster.js';
import { type Compute, keyOf, WAITING } from './compute.js';
import { Clock, type StepTime } from './stepModel.js';

const MEBIBYTE = 2 ** 20;

/** PyTorch's defaults: gradients are summed 25 MiB at a time, but the first ones sooner. */
const BUCKETS = { first: MEBIBYTE, others: 25 * MEBIBYTE };

/**
 * A step with PyTorch's DistributedDataParallel, if its kernels took as long as heddle's: each machine computes its samples alone,
 * while gradients that are whole are summed around a ring, a bucket at a time. BatchNorm goes by the statistics of each machine's
 * own samples there, so that the results are others, and others for each number of machines.
 *
 * @param phases as planned for one machine
 * @param own samples of each machine
 */
export function dataParallelTime(phases: readonly Phase[], compute: Compute, own: number, cluster: Cluster): StepTime {
  const shares = new Map<string, number>();
  for (const { work } of phases) if (work) shares.set(keyOf(work), (shares.get(keyOf(work)) ?? 0) + 1);
  const costOf = ({ work }: Phase) => {
    const { fixed, perSample } = (work && compute.get(keyOf(work))) ?? { fixed: 0, perSample: 0 };
    return (fixed + perSample * own) / (work ? (shares.get(keyOf(work)) ?? 1) : 1);
  };
  const isUpdate = ({ work }: Phase) => work?.pass === 'update';
  const clock = new Clock(cluster.cores);
  clock.compute(compute.get(WAITING)?.fixed ?? 0);
  let [linkFree, bucket] = [0, 0];
  let limit = BUCKETS.first;
  const send = () => {
    const { busy, handling } = ringCost(bucket, cluster);
    clock.handle(handling);
    linkFree = Math.max(clock.now, linkFree) + busy;
    [bucket, limit] = [0, BUCKETS.others];
  };
  for (const phase of phases.filter((phase) => !isUpdate(phase) && !isExchange(phase))) {
    clock.compute(costOf(phase));
    for (const gradient of phase.gradients ?? []) bucket += gradient.length * gradient.BYTES_PER_ELEMENT;
    if (bucket >= limit) send();
  }
  if (bucket > 0) send();
  clock.waitUntil(linkFree);
  for (const phase of phases.filter(isUpdate)) clock.compute(costOf(phase));
  const { now: step, waiting } = clock;
  return { step, compute: step - waiting, waiting };
}
