import { HeddleError } from '../errors.js';
import { checkSeed } from '../tensor/random.js';
import { abortSignal, callback, kindOf, options, required, wholeNumber } from '../validate.js';
import { broadcastNext, checkMachines, gatherOutcomes, type SearchMachines } from './ranks.js';
import { refuseHopeless, roundsOf } from './rounds.js';
import { type Next, type Objective, type Outcome, runTrials } from './runTrials.js';
import { type Journal, ranksOf, type Study, type Trial } from './study.js';

export interface SearchOptions {
  /** Trials of the study, with those that it has already. */
  readonly trials?: number | undefined;
  /** The job whose ranks run trials side by side, as many as the study says; the others call `joinSearch`. */
  readonly machines?: SearchMachines | undefined;
  /** Ends the search, for a limit of time say; the trials that run then are not ended in the study, and run again when that
   * is continued. It takes effect at the next report, if the objective does not heed it before. */
  readonly signal?: AbortSignal;
  /** Called after each event, with what the study and the event's trial have come to; the search waits for what it returns. */
  readonly onChange?: (study: Study, trial: Trial) => unknown;
}

/** Runs the trials of a study, one after the other, or on each rank of a job one. What a trial tries follows from the study's
 * configuration, the number of ranks among it, and the trials before it.
 * @throws HeddleError ARGUMENT when the first ten trials have all failed, the study's seed is none, or it is of another number of
 *   ranks */
export async function search(journal: Journal, objective: Objective, given?: SearchOptions): Promise<void> {
  const form = 'search(journal, objective, { trials: 20 })';
  required(form, { journal, objective });
  if (typeof journal?.append !== 'function')
    throw new HeddleError('ARGUMENT', `journal must be a study's, as openStudy gives it, not ${kindOf(journal)}`);
  callback('objective', objective);
  const { trials, machines, signal, onChange } = options(form, given, {
    trials: Number.POSITIVE_INFINITY,
    machines: undefined,
    signal: undefined,
    onChange: undefined,
  });
  if (trials !== Number.POSITIVE_INFINITY) wholeNumber('trials', trials, 0);
  checkMachines(machines);
  abortSignal('signal', signal);
  callback('onChange', onChange);
  checkSeed(journal.study.config.seed);
  checkRanks(ranksOf(journal.study), machines);
  const round = roundsOf(watched(journal, onChange), trials, signal);
  const exchange = async (outcome?: Outcome): Promise<Next> => {
    if (!machines) return (await round([outcome]))[0];
    const next = await round(await gatherOutcomes(machines, outcome));
    await broadcastNext(machines, next);
    return next[0];
  };
  await runTrials(objective, exchange, signal);
  if (!signal?.aborted && journal.study.trials.length < trials) refuseHopeless(journal.study);
}

function checkRanks(ranks: number, machines: SearchMachines | undefined): void {
  if (machines && machines.rank !== 0)
    throw new HeddleError(
      'ARGUMENT',
      `search: rank ${machines.rank} has no study; call joinSearch(machines, objective)`,
    );
  const there = machines?.ranks ?? 1;
  if (ranks !== there)
    throw new HeddleError(
      'ARGUMENT',
      `the study runs ${ranks} trials side by side, each on a rank, and there are ${there}`,
    );
}

/** A journal that tells of each event. */
const watched = (journal: Journal, onChange: SearchOptions['onChange']): Journal => ({
  get study() {
    return journal.study;
  },
  async append(event) {
    await journal.append(event);
    const { study } = journal;
    if (event.event !== 'study') await onChange?.(study, study.trials[event.trial - 1]);
  },
});
