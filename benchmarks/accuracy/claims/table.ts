import { markdown } from '../../markdown.js';
import { mean } from '../mean.js';
import type { Result } from './record.js';

/** The results of one variant at one rate, one for each seed; undefined what has not been run. */
export interface Row {
  readonly name: string;
  readonly rate: number;
  readonly results: readonly (Result | undefined)[];
}

/** Test accuracy after the last epoch in per cent; undefined of a run that diverged. */
export function accuracy({ reports, divergedIn }: Result): number | undefined {
  return divergedIn === undefined ? 100 * reports[reports.length - 1].testAccuracy : undefined;
}

/** The test accuracy, or the step in which the run diverged. */
export function outcome(result: Result): string {
  return accuracy(result)?.toFixed(1) ?? `diverged in step ${result.divergedIn}`;
}

/** The accuracies of the runs that did not diverge. */
export function accuracies({ results }: Row): number[] {
  return results.flatMap((result) => (result && accuracy(result)) ?? []);
}

/** Mean ± half the range, and of how many runs if some diverged. */
function summary(row: Row): string {
  const values = accuracies(row);
  if (values.length === 0) return '';
  const half = (Math.max(...values) - Math.min(...values)) / 2;
  const diverged = values.length < row.results.filter((result) => result).length;
  return `${mean(values).toFixed(1)} ± ${half.toFixed(1)}${diverged ? ` of ${values.length}` : ''}`;
}

/** The results as an aligned table in Markdown. */
export function table(rows: readonly Row[], seeds: readonly number[]): string {
  return markdown([
    ['network', 'rate', 'mean ± half the range', ...seeds.map((seed) => `seed ${seed}`)],
    ...rows.map((row) => [
      row.name,
      String(row.rate),
      summary(row),
      ...row.results.map((result) => (result ? outcome(result) : '')),
    ]),
  ]);
}
