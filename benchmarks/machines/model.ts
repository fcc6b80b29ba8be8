import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { version } from '../../src/formats/version.js';
import { addToRecord } from '../accuracy/record.js';
import { markdown } from '../markdown.js';
import { networks } from '../speed/peers/networks.js';
import type { Cluster } from './cluster.js';
import { type Compute, measure } from './compute.js';
import { dataParallelTime } from './dataParallel.js';
import { phasesOf } from './phases.js';
import { type Measurement, Measurements, recordFile } from './record.js';
import { stepAlone, stepTime } from './stepModel.js';
import { shardsFor, type Workload } from './workload.js';

// What speed-up several machines give, by a model of a training step: how many times as fast as one of them they train.
//   npm run machines:model                    prints tables in Markdown, from what was measured
//   npm run machines:model -- --times 8       for machines that compute so many times as fast as the one that was measured
//   npm run machines:model -- --measure       measures first what this machine computes, in some minutes
// What messages cost is measured by npm run machines. Measurements are added to benchmarks/results/machines.jsonl.

/** Of networks.ts. */
const modelled = ['fashionNet', 'resnet18', 'resnet18SmallImages'];
const batches = [100, 400, 1600];
const ranksOfTable = [2, 4, 8, 16, 32, 64];
const gigabitsOfTable = [1, 10, 100];
const cores = availableParallelism();

/** All that is in the tables; 1,600 images of the last one have no room in a machine's 4 GiB. */
const workloads = modelled.flatMap((name) =>
  batches
    .filter((batch) => name !== 'resnet18SmallImages' || batch < 1600)
    .map((batch) => ({ name, workload: { ...networks[name], batch, shards: shardsFor(1) } })),
);

async function measureAll(): Promise<void> {
  const cores = availableParallelism();
  const machine = {
    processor: cpus()[0].model,
    versions: `heddle ${version}, Node ${process.version}, ${cores} cores`,
  };
  for (const { name, workload } of workloads)
    for (const divisor of [1, 4]) {
      const { batch, shards } = workload;
      // As many samples in a shard, so that layers are cut in the same way.
      const account = await measure({ ...workload, batch: batch / divisor, shards: shards / divisor });
      const what = { measured: 'compute', network: name, batch } as const;
      const measurement: Measurement = { date: new Date().toISOString(), ...machine, ...what, ...account };
      addToRecord(recordFile, measurement);
    }
}

/** How many times as fast a cluster is as one of its machines, with heddle and with DistributedDataParallel. */
function speedUps(workload: Workload, compute: Compute, cluster: Omit<Cluster, 'messaging'>): string {
  const shards = shardsFor(cluster.ranks);
  const { batch: samples } = workload;
  const phases = phasesOf({ ...workload, shards }, cluster.ranks);
  const [own, gloo] = (['heddle', 'gloo'] as const).map((library) => ({
    ...cluster,
    messaging: measurements.messagingOf(library),
  }));
  const alone = stepAlone(compute, samples);
  const heddle = stepTime({ phases, compute, samples, shards }, own);
  const peer = dataParallelTime(phasesOf(workload, 1), compute, Math.ceil(samples / cluster.ranks), gloo);
  return [heddle, peer].map(({ step }) => (alone / step).toFixed(1)).join(' / ');
}

function table(name: string, times: number): string {
  const rows = workloads
    .filter((each) => each.name === name)
    .flatMap(({ workload }) => {
      const compute = faster(measurements.computeOf(name, workload.batch), times);
      return gigabitsOfTable.map((gigabits) => [
        String(workload.batch),
        String(gigabits),
        ...ranksOfTable.map((ranks) => speedUps(workload, compute, { ranks, cores, gigabits })),
      ]);
    });
  return `${networks[name].title}\n\n${markdown([['batch', 'Gbit/s', ...ranksOfTable.map(String)], ...rows])}`;
}

const faster = (compute: Compute, times: number): Compute =>
  new Map(
    [...compute].map(([key, { fixed, perSample }]) => [key, { fixed: fixed / times, perSample: perSample / times }]),
  );

const { values } = parseArgs({ options: { measure: { type: 'boolean' }, times: { type: 'string', default: '1' } } });
const times = Number(values.times);
if (!(times > 0)) throw new Error(`--times wants a number above 0, not ${values.times}`);
if (values.measure) await measureAll();
const measurements = new Measurements();
for (const name of modelled) console.log(`${table(name, times)}\n`);
