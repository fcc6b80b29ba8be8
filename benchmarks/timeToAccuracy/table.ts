/** What a run of the best recipe came to. */
export interface Result {
  readonly epochs: number;
  readonly seed: number;
  readonly recipe: object;
  /** Of training alone: without the start, of a second or two, and without evaluation. */
  readonly seconds: number;
  readonly testAccuracy: number;
  readonly version: string;
  readonly node: string;
  readonly processor: string;
  readonly workers: number;
  readonly weightsHash: string;
}

const targets = [0.9, 0.92, 0.93, 0.94];

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number) => (100 * share).toFixed(2);

/** Smallest to largest. */
const spread = (values: readonly number[], text: (value: number) => string) =>
  `${text(Math.min(...values))}–${text(Math.max(...values))}`;

/** The runs by their length, and for each target the shortest ones whose mean reaches it. */
export function accuracyTable(results: readonly Result[]): string {
  const lengths = [...new Set(results.map(({ epochs }) => epochs))].sort((a, b) => a - b);
  const rows = lengths.map((epochs) => {
    const runs = results.filter((result) => result.epochs === epochs).sort((a, b) => a.seed - b.seed);
    const [accuracies, seconds] = [runs.map(({ testAccuracy }) => testAccuracy), runs.map((run) => run.seconds)];
    return { epochs, accuracies, seconds, mean: mean(accuracies) };
  });
  const lines = [
    '| epochs | test accuracy, mean | each seed | seconds, mean | seconds |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ epochs, accuracies, seconds, mean: middle }) =>
        `| ${epochs} | ${percent(middle)}% | ${accuracies.map(percent).join(' ')} | ${mean(seconds).toFixed(0)} | ${spread(seconds, (s) => s.toFixed(0))} |`,
    ),
    '',
    ...targets.map((target) => {
      const row = rows.find((candidate) => candidate.mean >= target);
      return row
        ? `${100 * target}%: ${mean(row.seconds).toFixed(0)} s (${spread(row.seconds, (s) => s.toFixed(0))}), ${row.epochs} epochs`
        : `${100 * target}%: not reached`;
    }),
  ];
  return lines.join('\n');
}
