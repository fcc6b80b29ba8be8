import { HeddleError } from '../errors.js';
import type { Settings } from './space.js';
import type { EpochResult } from './study.js';

/** Trains with the settings of a trial for the study's `epochs`, and reports after each; when the promise of `report`
 * is false it returns, as no more epochs are wanted. What it reports may depend on the settings and the study's
 * configuration alone, or a continued study would not repeat.
 * @throws HeddleError DIVERGED when the settings are no good, ARGUMENT when they do not go together: the trial fails
 *   and the search goes on. All other errors end the search. */
export type Objective = (
  settings: Settings,
  trial: number,
  report: (result: EpochResult) => Promise<boolean>,
) => Promise<void>;

/** What a trial has come to after one more epoch: its result, or why it failed. */
export type Outcome = { readonly result: EpochResult } | { readonly failed: string };

/** The trial that a rank is at. */
export interface Task {
  readonly trial: number;
  readonly settings: Settings;
  /** Epochs whose results the study has. */
  readonly done: number;
  /** Epochs of a trial that is not stopped. */
  readonly epochs: number;
}

export type Next = Task | 'wait' | 'end';

/** Says what a rank's trial has come to, if it is at one, and learns what the rank does next. */
export type Exchange = (outcome?: Outcome) => Promise<Next>;

/** Runs the trials that a rank is given, one after the other. */
export async function runTrials(objective: Objective, exchange: Exchange, signal?: AbortSignal): Promise<void> {
  let next = await exchange();
  while (next !== 'end') next = next === 'wait' ? await exchange() : await runTrial(next, objective, exchange, signal);
}

/** Runs a trial until its rank has something else to do, which is returned. */
async function runTrial(
  task: Task,
  objective: Objective,
  exchange: Exchange,
  signal: AbortSignal | undefined,
): Promise<Next> {
  let next: Next = task;
  const current = () => (typeof next === 'object' && next.trial === task.trial ? next : undefined);
  const report = async (result: EpochResult) => {
    if (result.epoch <= task.done) return !signal?.aborted;
    next = await exchange({ result });
    return current() !== undefined;
  };
  try {
    await objective(task.settings, task.trial, report);
  } catch (error) {
    const fails = error instanceof HeddleError && ['DIVERGED', 'ARGUMENT'].includes(error.code);
    if (!fails || !current()) throw error;
    return exchange({ failed: error.message });
  }
  const unfinished = current();
  if (!unfinished) return next;
  if (signal?.aborted) return exchange();
  const { trial, done, epochs } = unfinished;
  throw new HeddleError('STATE', `trial ${trial} ended after ${done} of ${epochs} epochs, without being told to`);
}
