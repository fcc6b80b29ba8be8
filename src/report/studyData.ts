export type Setting = number | string | boolean;

/** What a study searches in: a range, a list of choices, or a constant. */
export type SpaceEntry =
  | { readonly low: number; readonly high: number; readonly log?: boolean }
  | { readonly choices: readonly Setting[] }
  | Setting;

export interface StudyTrial {
  /** Its number, in the order in which trials started. */
  readonly trial: number;
  readonly settings: Readonly<Record<string, Setting>>;
  readonly state: 'complete' | 'pruned' | 'failed' | 'running';
  /** In their order; accuracy from 0 to 1. */
  readonly epochs: readonly {
    readonly epoch: number;
    readonly accuracy: number;
    readonly loss: number;
    readonly seconds: number;
  }[];
  /** On the validation images, from 0 to 1: what the study maximises. */
  readonly accuracy?: number;
  /** Why it failed. */
  readonly reason?: string;
}

export interface StudyPageData {
  readonly title: string;
  /** When, as people read it. */
  readonly created: string;
  readonly sampler: string;
  readonly seed: number;
  readonly maxEpochs: number;
  readonly space: Readonly<Record<string, SpaceEntry>>;
  readonly trials: readonly StudyTrial[];
  /** By the name of a setting; they add up to 1, or there are none. */
  readonly importance: Readonly<Record<string, number>>;
  /** The number of the trial with the original's settings. */
  readonly baseline?: number;
}
