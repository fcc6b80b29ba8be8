import { availableParallelism } from 'node:os';
import { Trainer } from 'heddle/node';
import type { Work } from '../../src/program/phase.js';
import type { ProfileRow } from '../../src/program/profile.js';
import { noise } from '../speed/peers/networks.js';
import { trainerOptions, type Workload } from './workload.js';

/** Milliseconds of a step that one machine takes for each work of a profile, for so many samples. */
export interface Account {
  readonly samples: number;
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** Of each work: a machine takes `fixed`, and `perSample` for each of its samples; milliseconds. */
export type Compute = ReadonlyMap<string, { readonly fixed: number; readonly perSample: number }>;

export const keyOf = ({ name, pass }: Pick<Work, 'name' | 'pass'>) => `${name} ${pass}`;

/** What its threads do between works: they wait for each other and for the main thread. */
export const WAITING = keyOf({ name: 'waiting', pass: '' });

/** V8 compiles within these milliseconds, and at least so many steps. */
const WARM_UP = { milliseconds: 3000, least: 3 };

/** The machine's other work slows some rounds down, and the fastest least. */
const ROUNDS = 5;
const ROUND = { milliseconds: 1000, least: 2 };

/** Trains on this machine alone and says where the time went. */
export async function measure(workload: Workload, workers = availableParallelism()): Promise<Account> {
  const trainer = new Trainer(workload.create(), { ...trainerOptions(workload), workers });
  const images = noise(workload, 2);
  const train = async ({ milliseconds, least }: typeof ROUND) => {
    const [start, before] = [performance.now(), trainer.steps];
    while (trainer.steps - before < least || performance.now() - start < milliseconds)
      for await (const _ of trainer.fit(images, { epochs: 1 }));
    return { steps: trainer.steps, rows: trainer.profile() };
  };
  try {
    let last = await train(WARM_UP);
    const rounds: Account['milliseconds'][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const next = await train(ROUND);
      rounds.push(between(last, next));
      last = next;
    }
    const [fastest] = rounds.toSorted((a, b) => total(a) - total(b));
    return { samples: workload.batch, milliseconds: fastest };
  } finally {
    await trainer.close();
  }
}

export const total = (milliseconds: Account['milliseconds']) =>
  Object.values(milliseconds).reduce((sum, value) => sum + value, 0);

/** A profile's means over all steps so far, at two times. */
interface Means {
  readonly steps: number;
  readonly rows: readonly ProfileRow[];
}

/** The means over the steps between two times. */
export function between(former: Means, latter: Means): Account['milliseconds'] {
  const sumOf = ({ rows, steps }: Means, key: string) =>
    (rows.find((row) => keyOf(row) === key)?.milliseconds ?? 0) * steps;
  const steps = latter.steps - former.steps;
  return Object.fromEntries(
    latter.rows.map(keyOf).map((key) => [key, (sumOf(latter, key) - sumOf(former, key)) / steps]),
  );
}

/** A line through what each work took for a batch and for a smaller one. */
export function computeOf(whole: Account, part: Account): Compute {
  const works = Object.entries(whole.milliseconds).map(([key, most]) => {
    const least = part.milliseconds[key] ?? (most * part.samples) / whole.samples;
    const slope = (most - least) / (whole.samples - part.samples);
    const perSample = Math.min(Math.max(0, slope), most / whole.samples);
    return [key, { fixed: most - perSample * whole.samples, perSample }] as const;
  });
  return new Map(works);
}
