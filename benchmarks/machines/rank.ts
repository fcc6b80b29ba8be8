import { createInterface } from 'node:readline';
import { joinMachines } from 'heddle/machines';
import { Trainer } from 'heddle/node';
import { networks, noise } from '../speed/peers/networks.js';
import { type Account, between } from './compute.js';
import { trainerOptions } from './workload.js';

// A rank of a training on noise, alone or under mpirun: `node rank.js NETWORK BATCH SHARDS WORKERS`. When it has warmed up rank 0
// prints a line, and then, for each line of standard input, a number of epochs, a line of JSON: Trained.

/** What so many epochs came to. */
export interface Trained extends Account {
  readonly imagesPerSecond: number;
  readonly weightsHash: string;
}

const BATCHES = 10;
const WARM_UP = 3;

const [name, batch, shards, workers] = process.argv.slice(2);
const workload = { ...networks[name], batch: Number(batch), shards: Number(shards) };
const machines = await joinMachines();
const trainer = new Trainer(workload.create(), { ...trainerOptions(workload), workers: Number(workers), machines });
const images = noise(workload, BATCHES);
const isFirst = machines === undefined || machines.rank === 0;

async function train(epochs: number): Promise<Trained> {
  const [before, start] = [{ steps: trainer.steps, rows: trainer.profile() }, performance.now()];
  for await (const _ of trainer.fit(images, { epochs }));
  const seconds = (performance.now() - start) / 1000;
  return {
    samples: workload.batch,
    milliseconds: between(before, { steps: trainer.steps, rows: trainer.profile() }),
    imagesPerSecond: (epochs * BATCHES * workload.batch) / seconds,
    weightsHash: trainer.weightsHash(),
  };
}

/** What rank 0 is asked for; the others get it from there. Undefined at the end. */
async function* requests(): AsyncGenerator<number> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  for (;;) {
    const line = isFirst ? await lines.next() : undefined;
    const own = line === undefined || line.done ? '' : line.value;
    const [epochs] = machines ? await machines.gather(own) : [own];
    if (epochs === '') return;
    yield Number(epochs);
  }
}

await train(WARM_UP);
if (isFirst) console.log('ready');
for await (const epochs of requests()) {
  const trained = await train(epochs);
  if (isFirst) console.log(JSON.stringify(trained));
}
await trainer.close();
await machines?.leave();
