import { HeddleError } from '../errors.js';
import { kindOf } from '../validate.js';
import type { Settings, Space } from './space.js';

/** What a study is about: whatever its trials depend on. It is the first line of the study's file. */
export interface StudyConfig {
  /** heddle's; the bits of a trial are promised for one version alone. */
  readonly version: string;
  readonly seed: number;
  readonly sampler: SamplerName;
  readonly space: Space;
  /** Settings that are tried before the sampler's, each to its end. */
  readonly first: readonly Settings[];
  /** Epochs of a trial that is not stopped. */
  readonly epochs: number;
  /** Successive halving, see halving.ts; null: no trial is stopped early. */
  readonly halving: { readonly eta: number; readonly minEpochs: number } | null;
  /** How many trials run side by side, each on a rank of a job; absent: one. */
  readonly ranks?: number | undefined;
  /** What else the trials have in common: data, kernels and the like. */
  readonly run: Readonly<Record<string, unknown>>;
}

/** How settings are chosen: the tree-structured Parzen estimator, or at random. */
export type SamplerName = 'tpe' | 'random';
export const samplerNames: readonly SamplerName[] = ['tpe', 'random'];

/** What a trial's training reports after each epoch, measured on the validation images. */
export interface EpochResult {
  readonly epoch: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly seconds: number;
}

/** A line of the study's file. */
export type StudyEvent =
  | ({ readonly event: 'study' } & StudyConfig)
  | { readonly event: 'trial'; readonly trial: number; readonly settings: Settings }
  | ({ readonly event: 'epoch'; readonly trial: number } & EpochResult)
  | { readonly event: 'end'; readonly trial: number; readonly state: 'complete' | 'pruned'; readonly accuracy: number }
  | { readonly event: 'end'; readonly trial: number; readonly state: 'failed'; readonly reason: string };

export interface Trial {
  /** The number of the trial, from 1 on. */
  readonly trial: number;
  readonly settings: Settings;
  /** `running` is also what a trial is called that was interrupted. */
  readonly state: 'running' | 'complete' | 'pruned' | 'failed';
  readonly epochs: readonly EpochResult[];
  /** The accuracy after its last epoch; undefined before the first one's end, and if it failed. */
  readonly accuracy?: number;
  /** Why it failed. */
  readonly reason?: string;
}

/** What the events of a study come to. */
export interface Study {
  readonly config: StudyConfig;
  /** All trials in the order in which they began; as many may be running as there are ranks. */
  readonly trials: readonly Trial[];
}

/** A study, and where its events are kept. */
export interface Journal {
  readonly study: Study;
  append(event: StudyEvent): Promise<void>;
}

/** The study after one more event.
 * @throws HeddleError FORMAT when the event does not follow from those before it */
export function applyEvent(study: Study | undefined, event: StudyEvent): Study {
  if (!study) {
    if (event.event !== 'study') throw misplaced("a line with the event 'study'", event);
    const { event: _, ...config } = event;
    return { config, trials: [] };
  }
  if (event.event === 'study') throw misplaced('one study in a file', event);
  const running = runningTrials(study);
  const numbers = running.map(({ trial }) => trial).join(' or ');
  if (event.event === 'trial') {
    const { trial, settings } = event;
    if (running.length === ranksOf(study)) throw misplaced(`the end of trial ${numbers}`, event);
    const next = study.trials.length + 1;
    if (trial !== next) throw misplaced(`trial ${next}`, event);
    return { ...study, trials: [...study.trials, { trial, settings, state: 'running', epochs: [] }] };
  }
  const current = running.find(({ trial }) => trial === event.trial);
  if (!current) throw misplaced(numbers ? `an event of trial ${numbers}` : 'the start of a trial', event);
  return { ...study, trials: study.trials.with(current.trial - 1, advance(current, event)) };
}

/** How many trials of a study run side by side. */
export const ranksOf = ({ config: { ranks = 1 } }: Study): number => ranks;

export const runningTrials = ({ trials }: Study): Trial[] => trials.filter(({ state }) => state === 'running');

function advance(trial: Trial, event: Exclude<StudyEvent, { event: 'study' | 'trial' }>): Trial {
  if (event.event === 'epoch') {
    const { event: _, trial: __, ...result } = event;
    if (result.epoch !== trial.epochs.length + 1) throw misplaced(`epoch ${trial.epochs.length + 1}`, event);
    return { ...trial, epochs: [...trial.epochs, result], accuracy: result.accuracy };
  }
  if (event.state !== 'failed') return { ...trial, state: event.state, accuracy: event.accuracy };
  const { accuracy: _, ...rest } = trial;
  return { ...rest, state: event.state, reason: event.reason };
}

const misplaced = (expected: string, found: StudyEvent) =>
  new HeddleError('FORMAT', `expected ${expected}; found ${JSON.stringify(found)}`);

/** @throws HeddleError ARGUMENT for what is no study */
function checkStudy(study: Study): Study {
  if (!Array.isArray(study?.trials) || typeof study.config?.space !== 'object')
    throw new HeddleError('ARGUMENT', `study must be one, as loadStudy gives it, not ${kindOf(study)}`);
  return study;
}

/** All trials that have ended, the best first: one that ran for more epochs is before one that was stopped earlier,
 * then the accuracy after the last epoch counts, then the order in which they ran. Those that failed come last. */
export function ranked(study: Study): Trial[] {
  const { trials } = checkStudy(study);
  const epochs = ({ state, epochs: { length } }: Trial) => (state === 'failed' ? -1 : length);
  return trials
    .filter(({ state }) => state !== 'running')
    .sort((a, b) => epochs(b) - epochs(a) || (b.accuracy ?? 0) - (a.accuracy ?? 0) || a.trial - b.trial);
}

/** The best one of the trials that ran to their end. */
export const bestTrial = (study: Study): Trial | undefined => ranked(study).find(({ state }) => state === 'complete');

/** Compares a study that is there with the one that is asked for.
 * @throws HeddleError CHECKPOINT naming all that differs */
export function checkConfig(found: StudyConfig, wanted: StudyConfig, source: string): void {
  const [there, here] = [flat(found), flat(wanted)];
  const differences = [...new Set([...here.keys(), ...there.keys()])]
    .filter((name) => here.get(name) !== there.get(name))
    .map((name) => `${name} is ${here.get(name) ?? 'absent'} here and ${there.get(name) ?? 'absent'} there`);
  const advice = 'Give the settings that it was begun with, or another folder.';
  if (differences.length > 0)
    throw new HeddleError('CHECKPOINT', `${source} is of another study: ${differences.join('; ')}. ${advice}`);
}

/** Names and values as text, the parameters of the space and the settings of the run each by itself. */
function flat({ space, run, ...config }: StudyConfig): Map<string, string> {
  const parameters = Object.entries(space).map(([name, value]) => [`space.${name}`, value] as const);
  const entries = [...Object.entries(config), ...parameters, ...Object.entries(run)];
  return new Map(entries.map(([name, value]) => [name, JSON.stringify(value)]));
}
