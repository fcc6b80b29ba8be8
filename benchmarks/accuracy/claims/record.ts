import type { EpochReport } from '../../../src/node.js';

/** What a run was. */
export interface Run {
  readonly variant: string;
  readonly rate: number;
  readonly seed: number;
  /** Training images, the first of the set. */
  readonly images: number;
  readonly epochs: number;
}

export type EpochResult = Pick<Required<EpochReport>, 'trainLoss' | 'trainAccuracy' | 'testLoss' | 'testAccuracy'>;

/** A line of the record: a run and what came of it. */
export interface Result extends Run {
  readonly node: string;
  /** The results after each epoch; there are fewer than `epochs` when the run diverged. */
  readonly reports: readonly EpochResult[];
  readonly weightsHash?: string;
  /** The step whose loss was not a finite number. */
  readonly divergedIn?: number;
}

export function findResult(record: readonly Result[], run: Run): Result | undefined {
  const keys = Object.keys(run) as (keyof Run)[];
  return record.find((result) => keys.every((key) => result[key] === run[key]));
}
