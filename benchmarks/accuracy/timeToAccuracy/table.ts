import { mean } from '../mean.js';

/** What a run of the best recipe came to. */
export interface Result {
  readonly epochs: number;
  readonly seed: number;
  readonly recipe: object;
  /** The results after the epochs that were tested. Seconds are those of training since its start, without the second or
   * two in which threads begin, and without evaluation. */
  readonly reports: readonly { readonly epoch: number; readonly seconds: number; readonly testAccuracy: number }[];
  readonly version: string;
  readonly node: string;
  readonly processor: string;
  readonly workers: number;
  readonly weightsHash: string;
}

const targets = [0.9, 0.92, 0.93, 0.94];

const percent = (share: number) => (100 * share).toFixed(2);

/** Smallest to largest. */
const spread = (values: readonly number[], text: (value: number) => string) =>
  `${text(Math.min(...values))}–${text(Math.max(...values))}`;

interface Row {
  /** The epoch after which a run of so many epochs was tested. */
  readonly epoch: number;
  readonly epochs: number;
  readonly accuracies: readonly number[];
  readonly seconds: readonly number[];
}

function rowsOf(results: readonly Result[]): Row[] {
  const lengths = [...new Set(results.map(({ epochs }) => epochs))].sort((a, b) => a - b);
  return lengths.flatMap((epochs) => {
    const runs = results.filter((result) => result.epochs === epochs).sort((a, b) => a.seed - b.seed);
    return runs[0].reports.map(({ epoch }, place) => ({
      epoch,
      epochs,
      accuracies: runs.map(({ reports }) => reports[place].testAccuracy),
      seconds: runs.map(({ reports }) => reports[place].seconds),
    }));
  });
}

/** The runs' tested epochs, and for each target the fastest ones whose mean accuracy over the seeds reaches it. */
export function accuracyTable(results: readonly Result[]): string {
  const rows = rowsOf(results);
  const wholeSeconds = (seconds: number) => seconds.toFixed(0);
  const lines = rows.map(
    ({ epoch, epochs, accuracies, seconds }) =>
      `| ${epoch} of ${epochs} | ${percent(mean(accuracies))} | ${accuracies.map(percent).join(' ')} | ${wholeSeconds(mean(seconds))} | ${spread(seconds, wholeSeconds)} |`,
  );
  const reached = targets.map((target) => {
    const [fastest] = rows
      .filter(({ accuracies }) => mean(accuracies) >= target)
      .sort((a, b) => mean(a.seconds) - mean(b.seconds));
    if (!fastest) return `${100 * target}%: not reached`;
    const { epoch, epochs, seconds } = fastest;
    return `${100 * target}%: ${wholeSeconds(mean(seconds))} s (${spread(seconds, wholeSeconds)}), epoch ${epoch} of ${epochs}`;
  });
  const heads = [
    '| epoch | test accuracy, mean | each seed | seconds, mean | seconds |',
    '| --- | --- | --- | --- | --- |',
  ];
  return [...heads, ...lines, '', ...reached].join('\n');
}
