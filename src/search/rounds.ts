import { HeddleError } from '../errors.js';
import { goesOn } from './halving.js';
import type { Next, Outcome } from './runTrials.js';
import { suggest } from './samplers.js';
import { type Journal, ranksOf, runningTrials, type Study, type StudyEvent, type Trial } from './study.js';

/** So many trials that all failed end a search: it may have no other end, and trials that fail at once would fill the disk. */
const HOPELESS = 10;

/** The rounds of a search: in each, all trials that run train for an epoch, and those of several ranks wait for each other. So
 * when a trial is chosen or stopped, what is known of the others does not depend on how fast ranks are; and a rank whose trial
 * has ended has another one in the next round.
 * @param trials of the study at most
 * @returns takes what all ranks' trials have come to in a round, and says what each rank does in the next one */
export function roundsOf(
  journal: Journal,
  trials: number,
  signal: AbortSignal | undefined,
): (outcomes: readonly (Outcome | undefined)[]) => Promise<readonly Next[]> {
  /** The number of each rank's trial. */
  let places: readonly (number | undefined)[] = Array(ranksOf(journal.study)).fill(undefined);
  return async (outcomes) => {
    for (const event of reports(places, outcomes)) await journal.append(event);
    const limit = signal?.aborted ? 0 : trials;
    for (let next = decision(journal.study, limit); next; next = decision(journal.study, limit))
      await journal.append(next);
    const running = runningTrials(journal.study).map(({ trial }) => trial);
    if (signal?.aborted || running.length === 0) return places.map(() => 'end');
    const waiting = running.filter((trial) => !places.includes(trial));
    places = places.map((trial) => (trial && running.includes(trial) ? trial : waiting.shift()));
    return places.map((trial) => (trial ? taskOf(journal.study, trial) : 'wait'));
  };
}

/** What a round brings, in the order of the trials; nothing where one was interrupted, as the round is not complete then. */
function reports(
  places: readonly (number | undefined)[],
  outcomes: readonly (Outcome | undefined)[],
): readonly StudyEvent[] {
  const events = places.flatMap((trial, rank) => (trial ? [eventOf(trial, outcomes[rank])] : []));
  const complete = events.filter((event) => event !== undefined);
  return complete.length < events.length ? [] : complete.sort((a, b) => a.trial - b.trial);
}

function eventOf(trial: number, outcome: Outcome | undefined) {
  if (!outcome) return undefined;
  if ('failed' in outcome) return { event: 'end', trial, state: 'failed', reason: outcome.failed } as const;
  return { event: 'epoch', trial, ...outcome.result } as const;
}

/** What follows from a study after a round, one event after the other: trials end and others begin. */
function decision(study: Study, limit: number): StudyEvent | undefined {
  const { config, trials } = study;
  const running = runningTrials(study);
  for (const trial of running) {
    const state = endOf(study, trial);
    if (state) return { event: 'end', trial: trial.trial, state, accuracy: trial.accuracy as number };
  }
  if (running.length === ranksOf(study) || trials.length >= limit || isHopeless(study)) return undefined;
  return { event: 'trial', trial: trials.length + 1, settings: config.first[trials.length] ?? suggest(study) };
}

function endOf(study: Study, trial: Trial): 'complete' | 'pruned' | undefined {
  if (trial.epochs.length === study.config.epochs) return 'complete';
  return goesOn(study, trial) ? undefined : 'pruned';
}

const ended = ({ trials }: Study) => trials.filter(({ state }) => state !== 'running');

const isHopeless = (study: Study) =>
  ended(study).length >= HOPELESS && ended(study).every(({ state }) => state === 'failed');

/** @throws HeddleError ARGUMENT when the first trials of a study have all failed */
export function refuseHopeless(study: Study): void {
  if (isHopeless(study))
    throw new HeddleError(
      'ARGUMENT',
      `all ${study.trials.length} trials failed; search another space. ${study.trials.at(-1)?.reason}`,
    );
}

function taskOf({ config, trials }: Study, trial: number): Next {
  const { settings, epochs } = trials[trial - 1];
  return { trial, settings, done: epochs.length, epochs: config.epochs };
}
