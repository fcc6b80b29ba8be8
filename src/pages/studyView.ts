import type { SettingValue } from '../search/space.js';
import type { Study, StudyConfig, Trial } from '../search/study.js';
import { percentText } from './format.js';
import { linearScale, roundNumbers, type Scale, spaceScale } from './scale.js';

export interface Parameter {
  readonly name: string;
  readonly scale: Scale;
  readonly importance: number;
}

/** What a page shows. */
export interface StudyPageData extends Pick<StudyConfig, 'seed' | 'space'>, Pick<Study, 'trials'> {
  readonly title: string;
  /** When, as people read it. */
  readonly created: string;
  readonly sampler: string;
  readonly maxEpochs: number;
  /** The importance of settings by their names; they add up to 1, or there are none. */
  readonly importance: Readonly<Record<string, number>>;
  /** What trains with the best settings. */
  readonly command: string;
  /** The number of the trial with the original's settings. */
  readonly baseline?: number | undefined;
}

/** What the page's parts read: the data, and what follows from it. */
export interface StudyView extends StudyPageData {
  readonly best: Trial | undefined;
  readonly original: Trial | undefined;
  /** The settings that vary, the most important first. */
  readonly parameters: readonly Parameter[];
  readonly constants: readonly (readonly [string, SettingValue])[];
  /** The scale of the trials' scores. */
  readonly accuracy: AccuracyScale;
  /** The complete trials' scores without outliers, which the colours divide into tenths. */
  readonly shades: Bounds;
  /** 0 to 9, the tenth that a complete trial's score is in. */
  shade(trial: Trial): number | undefined;
}

type Bounds = Readonly<Record<'low' | 'high', number>>;
export type AccuracyScale = Scale & Bounds;

/** Its accuracy or, of a trial that did not end, that of its last epoch. */
export function score({ accuracy, epochs, state }: Trial): number | undefined {
  if (state === 'failed') return undefined;
  const value = accuracy ?? epochs.at(-1)?.accuracy;
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

const quantile = (sorted: readonly number[], share: number) => sorted[Math.round(share * (sorted.length - 1))];

/** The range from the lowest value that is no outlier (Tukey's fences: 1.5 interquartile ranges below the quartile) to the highest. */
export function usualRange(values: readonly number[]): Bounds {
  if (values.length === 0) return { low: 0, high: 1 };
  const sorted = values.toSorted((a, b) => a - b);
  const [lower, upper] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const low = sorted.find((value) => value >= lower - 1.5 * (upper - lower)) as number;
  return { low, high: sorted[sorted.length - 1] };
}

/** Outliers stand at 0, the foot of the axis, but there is room for the one that others are compared with. */
export function accuracyScale(values: readonly number[], compared?: number): AccuracyScale {
  const usual = usualRange(values);
  const [lowest, highest] = [Math.min(usual.low, compared ?? usual.low), usual.high];
  const room = Math.max(0.06 * (highest - lowest), 0.002);
  const [low, high] = [Math.max(0, lowest - room), Math.min(1, highest + room)];
  const ticks = roundNumbers(low, high, 6);
  const digits = ticks.every((value) => Math.abs(100 * value - Math.round(100 * value)) < 1e-9) ? 0 : 1;
  const { at, ...scale } = linearScale(low, high, (value) => percentText(value, digits));
  return { ...scale, low, high, at: (value) => Math.max(0, at(value)) };
}

/** The best score of the complete trials up to each that set a new one. */
export function records(trials: readonly Trial[]): { trial: number; accuracy: number }[] {
  const found: { trial: number; accuracy: number }[] = [];
  for (const each of ofState(trials, 'complete').toSorted((a, b) => a.trial - b.trial)) {
    const accuracy = score(each) ?? Number.NEGATIVE_INFINITY;
    if (accuracy > (found.at(-1)?.accuracy ?? Number.NEGATIVE_INFINITY)) found.push({ trial: each.trial, accuracy });
  }
  return found;
}

export const ofState = (trials: readonly Trial[], state: Trial['state']) =>
  trials.filter((trial) => trial.state === state);

const scores = (trials: readonly Trial[]) => trials.map(score).filter((value) => value !== undefined);

export function viewOf(data: StudyPageData): StudyView {
  const numbered = (number: number | undefined) => data.trials.find(({ trial }) => trial === number);
  const original = numbered(data.baseline);
  const varying: Parameter[] = [];
  const constants: [string, SettingValue][] = [];
  for (const [name, entry] of Object.entries(data.space)) {
    const tried = data.trials.flatMap(({ settings }) => settings[name] ?? []);
    if (typeof entry !== 'object') constants.push([name, entry]);
    else varying.push({ name, scale: spaceScale(entry, tried), importance: data.importance[name] ?? 0 });
  }
  const complete = scores(ofState(data.trials, 'complete'));
  const { low, high } = complete.length > 0 ? usualRange(complete) : { low: 0, high: 0 };
  return {
    ...data,
    best: numbered(records(data.trials).at(-1)?.trial),
    original,
    parameters: varying.toSorted((a, b) => b.importance - a.importance),
    constants,
    accuracy: accuracyScale(scores(data.trials), original && score(original)),
    shades: { low, high },
    shade: (trial) => {
      const value = trial.state === 'complete' ? score(trial) : undefined;
      if (value === undefined) return undefined;
      return high > low ? Math.min(9, Math.max(0, Math.floor((10 * (value - low)) / (high - low)))) : 9;
    },
  };
}
