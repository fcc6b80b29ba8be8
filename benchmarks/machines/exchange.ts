import { Communicator } from '../../src/machines/communicator.js';
import type { Collective } from '../../src/machines/lanes.js';
import { koffiPath } from '../../src/machines/openMpi/koffiPath.js';
import { OpenMpiMessages } from '../../src/machines/openMpi/openMpi.js';
import { Progress } from '../../src/machines/progress.js';
import type { Messaging } from './cluster.js';

// What messages cost, as the model wants it: under mpirun with two ranks the first prints Messaging as a line of JSON.

const ROUNDS = { exchanges: 2000, sums: 20 };
/** 4 MiB. */
const summands = new Float32Array(2 ** 20).fill(1);

const messages = new OpenMpiMessages(koffiPath());
const communicator = new Communicator(messages);
const progress = new Progress(communicator);

/** Milliseconds of one of so many collectives, the first of which does not count. */
function time(rounds: number, collective: () => Collective): number {
  progress.complete(collective());
  const start = performance.now();
  for (let round = 0; round < rounds; round++) progress.complete(collective());
  return (performance.now() - start) / rounds;
}

const latency = time(ROUNDS.exchanges, () => communicator.barrier(0));
const total = new Float32Array(summands.length);
const add = (start: number, end: number) => {
  for (let i = start; i < end; i++) total[i] += summands[i];
};
const sum = time(ROUNDS.sums, () => communicator.chain(1, total, add));
// Of two ranks each sends all of it once, and receives it once.
const messaging: Messaging = { latency, handled: (2 * total.byteLength) / sum };
if (communicator.rank === 0) console.log(JSON.stringify(messaging));
messages.close();
