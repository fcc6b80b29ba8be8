import type { SearchParameter, SettingValue } from '../search/space.js';
import type { Trial } from '../search/study.js';

export type Setting = SettingValue;
export type StudyTrial = Trial;

export interface StudyPageData {
  readonly title: string;
  /** When, as people read it. */
  readonly created: string;
  readonly sampler: string;
  readonly seed: number;
  readonly maxEpochs: number;
  readonly space: Readonly<Record<string, SearchParameter>>;
  readonly trials: readonly StudyTrial[];
  /** The importance of settings by their names; they add up to 1, or there are none. */
  readonly importance: Readonly<Record<string, number>>;
  /** The number of the trial with the original's settings. */
  readonly baseline?: number;
}
