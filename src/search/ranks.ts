import { HeddleError } from '../errors.js';
import { callback, kindOf, nothingElse, required } from '../validate.js';
import { type Next, type Objective, type Outcome, runTrials } from './runTrials.js';

/** The ranks of a job as a search sees them, which joinMachines of heddle/machines gives. */
export interface SearchMachines {
  /** From 0 on. */
  readonly rank: number;
  readonly ranks: number;
  /** What each rank says, in their order, when all have said something. */
  gather(text: string): Promise<readonly string[]>;
  /** Gives all ranks what rank 0 has; bytes of others are ignored. */
  broadcast(bytes?: Uint8Array): Promise<Uint8Array>;
}

/** Runs trials of a search on a rank other than 0, until the search ends. Rank 0 has the study, and calls `search` with its
 * machines and an objective that does the same.
 * @throws HeddleError ARGUMENT on rank 0, MACHINES, or what the objective throws: then this rank has to end the job */
export async function joinSearch(machines: SearchMachines, objective: Objective, ...others: never[]): Promise<void> {
  const form = 'joinSearch(machines, objective)';
  required(form, { machines, objective });
  nothingElse(form, others);
  checkMachines(machines);
  callback('objective', objective);
  if (machines.rank === 0)
    throw new HeddleError(
      'ARGUMENT',
      'joinSearch: rank 0 has the study; call search(journal, objective, { machines })',
    );
  await runTrials(objective, async (outcome) => {
    await gatherOutcomes(machines, outcome);
    const next: readonly Next[] = JSON.parse(new TextDecoder().decode(await machines.broadcast()));
    return next[machines.rank];
  });
}

/** What all ranks' trials have come to. */
export async function gatherOutcomes(
  machines: SearchMachines,
  own: Outcome | undefined,
): Promise<readonly (Outcome | undefined)[]> {
  const texts = await machines.gather(JSON.stringify(own ?? null));
  return texts.map((text) => JSON.parse(text) ?? undefined);
}

/** Tells all ranks what they do next. */
export const broadcastNext = (machines: SearchMachines, next: readonly Next[]) =>
  machines.broadcast(new TextEncoder().encode(JSON.stringify(next)));

/** @throws HeddleError ARGUMENT for what is no job of several ranks, or undefined */
export function checkMachines(machines: SearchMachines | undefined): void {
  if (machines && !(typeof machines.gather === 'function' && typeof machines.broadcast === 'function'))
    throw new HeddleError('ARGUMENT', `machines must be a job's, as joinMachines gives it, not ${kindOf(machines)}`);
}
