import { HeddleError } from '../errors.js';
import { checkSeed } from '../tensor/random.js';
import { abortSignal, callback, kindOf, options, required, wholeNumber } from '../validate.js';
import { goesOn } from './halving.js';
import { suggest } from './samplers.js';
import type { Settings } from './space.js';
import type { EpochResult, Journal, Study, Trial } from './study.js';

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

export interface SearchOptions {
  /** Trials of the study, with those that it has already. */
  readonly trials?: number | undefined;
  /** Ends the search, for a limit of time say; the trial that runs then is not ended in the study, and runs again when that
   * is continued. It takes effect at the next report, if the objective does not heed it before. */
  readonly signal?: AbortSignal;
  /** Called after each event, with what the study has come to; the search waits for what it returns. */
  readonly onChange?: (study: Study) => unknown;
}

/** So many trials that all failed end a search: it may have no other end, and trials that fail at once would fill the disk. */
const HOPELESS = 10;

/** Runs one trial of a study after the other. What trial n tries follows from the study's configuration and the trials
 * before it.
 * @throws HeddleError ARGUMENT when the first ten trials have all failed, or the study's seed is none */
export async function search(journal: Journal, objective: Objective, given?: SearchOptions): Promise<void> {
  const form = 'search(journal, objective, { trials: 20 })';
  required(form, { journal, objective });
  if (typeof journal?.append !== 'function')
    throw new HeddleError('ARGUMENT', `journal must be a study's, as openStudy gives it, not ${kindOf(journal)}`);
  callback('objective', objective);
  const { trials, signal, onChange } = options(form, given, {
    trials: Number.POSITIVE_INFINITY,
    signal: undefined,
    onChange: undefined,
  });
  if (trials !== Number.POSITIVE_INFINITY) wholeNumber('trials', trials, 0);
  abortSignal('signal', signal);
  callback('onChange', onChange);
  const append: Journal['append'] = async (event) => {
    await journal.append(event);
    await onChange?.(journal.study);
  };
  checkSeed(journal.study.config.seed);
  while (journal.study.trials.length < trials && !signal?.aborted) {
    const { config, trials: past } = journal.study;
    if (past.length >= HOPELESS && past.every(({ state }) => state === 'failed'))
      throw new HeddleError(
        'ARGUMENT',
        `all ${past.length} trials failed; search another space. ${past.at(-1)?.reason}`,
      );
    const trial = past.length + 1;
    await append({ event: 'trial', trial, settings: config.first[past.length] ?? suggest(journal.study) });
    if (!(await runTrial(journal, append, objective, signal))) return;
  }
}

/** Runs the trial that has just begun; false when it was interrupted. */
async function runTrial(
  journal: Journal,
  append: Journal['append'],
  objective: Objective,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { epochs } = journal.study.config;
  const current = () => journal.study.trials.at(-1) as Trial;
  const { trial, settings } = current();
  const report = async (result: EpochResult) => {
    await append({ event: 'epoch', trial, ...result });
    const { accuracy } = result;
    if (result.epoch === epochs) await append({ event: 'end', trial, state: 'complete', accuracy });
    else if (!goesOn(journal.study)) await append({ event: 'end', trial, state: 'pruned', accuracy });
    return current().state === 'running' && !signal?.aborted;
  };
  try {
    await objective(settings, trial, report);
  } catch (error) {
    if (!(error instanceof HeddleError) || !['DIVERGED', 'ARGUMENT'].includes(error.code)) throw error;
    await append({ event: 'end', trial, state: 'failed', reason: error.message });
  }
  if (current().state !== 'running') return true;
  if (signal?.aborted) return false;
  const done = current().epochs.length;
  throw new HeddleError('STATE', `trial ${trial} ended after ${done} of ${epochs} epochs, without being told to`);
}
