import { availableParallelism } from 'node:os';
import { Trainer } from '../../src/node.js';
import type { Work } from '../../src/program/phase.js';
import type { ProfileRow } from '../../src/program/profile.js';
import { noise, trainerOptions, type Workload } from './workload.js';

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

/** V8 compiles within these. */
const WARM_UP = { least: 3, milliseconds: 3000 };
const TIMED = { least: 3, milliseconds: 4000 };

/** Trains on this machine alone and says where the time went. */
export async function measure(workload: Workload, workers = availableParallelism()): Promise<Account> {
  const trainer = new Trainer(workload.create(), { ...trainerOptions(workload), workers });
  const images = noise(workload, 2);
  try {
    const train = async ({ least, milliseconds }: typeof TIMED) => {
      const [start, before] = [performance.now(), trainer.steps];
      while (trainer.steps - before < least || performance.now() - start < milliseconds)
        for await (const _ of trainer.fit(images, { epochs: 1 }));
      return { steps: trainer.steps, rows: trainer.profile() };
    };
    const [warm, timed] = [await train(WARM_UP), await train(TIMED)];
    const total = (rows: readonly ProfileRow[], key: string, steps: number) =>
      (rows.find((row) => keyOf(row) === key)?.milliseconds ?? 0) * steps;
    const milliseconds = timed.rows.map((row) => {
      const key = keyOf(row);
      const sum = total(timed.rows, key, timed.steps) - total(warm.rows, key, warm.steps);
      return [key, sum / (timed.steps - warm.steps)] as const;
    });
    return { samples: workload.batchSize, milliseconds: Object.fromEntries(milliseconds) };
  } finally {
    await trainer.close();
  }
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
