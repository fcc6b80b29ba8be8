import type { Messaging } from '../../machines/cluster.js';
import { computeOf, total } from '../../machines/compute.js';
import { phasesOf } from '../../machines/phases.js';
import type { Trained } from '../../machines/rank.js';
import { type Launch, Ranks } from '../../machines/ranks.js';
import { stepTime } from '../../machines/stepModel.js';
import { shardsFor } from '../../machines/workload.js';
import { networks } from '../../speed/peers/networks.js';
import type { Namespaces } from './namespaces.js';

const BATCH = 100;

/** Epochs, of which the fastest counts: the machine's other work slows them down. */
const ROUNDS = 6;

/** How far a share of the time may be from the model's. */
const TOLERANCE = 0.25;

const launchOf = (namespaces: Namespaces, ranks: number): Launch => ['mpirun.openmpi', ...namespaces.launch(ranks)];

/** What some epochs on one thread come to, for each launch, all at the same time: the times of the fastest, and the weights of
 * the last. */
async function trainings(
  launches: readonly Launch[],
  network: string,
  batch: number,
  shards: number,
): Promise<Trained[]> {
  const all = await Promise.all(launches.map((launch) => Ranks.start(launch, network, { batch, shards }, 1)));
  const rounds: Trained[][] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await Promise.all(all.map((ranks) => ranks.train(1))));
  for (const ranks of all) ranks.stop();
  return all.map((_, index) => {
    const own = rounds.map((round) => round[index]);
    const [fastest] = own.toSorted((a, b) => total(a.milliseconds) - total(b.milliseconds));
    return { ...fastest, weightsHash: own[ROUNDS - 1].weightsHash };
  });
}

function report(isRight: boolean, text: string): void {
  console.log(`${isRight ? 'ok' : 'NOT ok'}: ${text}`);
  if (!isRight) process.exitCode = 1;
}

export async function checkBits(
  namespaces: Namespaces,
  network: string,
  ranksOfCheck: readonly number[],
): Promise<void> {
  const [alone] = await trainings([[]], network, BATCH, shardsFor(1));
  for (const ranks of ranksOfCheck) {
    const [together] = await trainings([launchOf(namespaces, ranks)], network, BATCH, shardsFor(ranks));
    const isEqual = together.weightsHash === alone.weightsHash;
    report(isEqual, `${network}, ${ranks} ranks: the weights are ${isEqual ? '' : 'not '}those of one to the bit`);
  }
}

/** What a profile says of waiting for other machines. */
const waited = (milliseconds: Trained['milliseconds']) =>
  Object.entries(milliseconds).reduce((sum, [key, value]) => (key.startsWith('machines ') ? sum + value : sum), 0);

/** What part of a step two ranks wait for each other, as their profile tells it and as the model does. One machine's account is taken while another
 * works beside it, as the two ranks share this one's caches. */
export async function checkShare(
  namespaces: Namespaces,
  network: string,
  gigabits: number,
  messaging: Messaging,
): Promise<void> {
  const ranks = 2;
  const shards = shardsFor(ranks);
  const [whole] = await trainings([[], []], network, BATCH, shards);
  const [part] = await trainings([[], []], network, BATCH / ranks, shards / ranks);
  const phases = phasesOf({ ...networks[network], batch: BATCH, shards }, ranks);
  const compute = computeOf(whole, part);
  const { step, waiting } = stepTime(
    { phases, compute, samples: BATCH, shards },
    { ranks, cores: 1, gigabits, messaging },
  );
  const expected = waiting / step;
  const [{ milliseconds }] = await trainings([launchOf(namespaces, ranks)], network, BATCH, shards);
  const found = waited(milliseconds) / total(milliseconds);
  const per = (share: number) => `${(100 * share).toFixed(1)}%`;
  report(
    Math.abs(found - expected) <= TOLERANCE * expected,
    `${network}, ${ranks} ranks at ${gigabits} Gbit/s: a step of ${total(milliseconds).toFixed(0)} ms waits ${per(found)} of its time, ` +
      `by the model one of ${step.toFixed(0)} ms ${per(expected)}`,
  );
}
