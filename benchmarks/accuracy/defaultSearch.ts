import { isDeepStrictEqual } from 'node:util';
import { percentText } from '../../src/pages/format.js';
import { mean } from './mean.js';
import { addToRecord, readRecord } from './record.js';
import { type Run, type RunResult, trainRun } from './trainRun.js';

// What the original leaves open, chosen on training images that are held out: the batch size, how pixels are scaled, and whether
// an epoch's last batch is left out if it is smaller. `npm run default-search` trains by successive halving over epochs and seeds;
// what is in benchmarks/results/defaultSearch.jsonl already is not run again.

interface Round {
  readonly epochs: number;
  readonly seeds: readonly number[];
  /** How many of the settings go on. */
  readonly keep: number;
}

// The default run is then told of with seeds from 0, so these are others.
const rounds: readonly Round[] = [
  { epochs: 2, seeds: [100], keep: 6 },
  { epochs: 5, seeds: [100, 101], keep: 3 },
  { epochs: 5, seeds: [100, 101, 102, 103, 104], keep: 1 },
];
const scalings = [
  { mean: 0, std: 1 },
  { mean: 0.286, std: 0.353 },
  { mean: 0.5, std: 0.5 },
];
const trainingImages = 50_000;
const candidates = [100, 64, 32, 16].flatMap((batchSize) =>
  scalings.flatMap((scaling) => {
    const settings = { batchSize, ...scaling };
    return trainingImages % batchSize === 0 ? [settings] : [settings, { ...settings, dropLast: true }];
  }),
);
const file = new URL('../../../benchmarks/results/defaultSearch.jsonl', import.meta.url);

async function resultOf(run: Run): Promise<RunResult> {
  const known = readRecord<RunResult>(file).find(
    ({ settings, epochs, seed }) =>
      isDeepStrictEqual(settings, run.settings) && epochs === run.epochs && seed === run.seed,
  );
  if (known) return known;
  const name = `${JSON.stringify(run.settings)}, seed ${run.seed}`;
  const result = await trainRun(run, ({ epoch, trainAccuracy, testAccuracy }) =>
    console.log(`${name}, epoch ${epoch}: ${percentText(trainAccuracy)} / ${percentText(testAccuracy)}`),
  );
  if (result.divergedIn) console.log(`${name}: diverged in step ${result.divergedIn}`);
  addToRecord(file, result);
  return result;
}

/** Of the held-out images after the last epoch; a run that diverged has none right. */
const accuracyOf = ({ reports, divergedIn }: RunResult) =>
  divergedIn === undefined ? reports[reports.length - 1].testAccuracy : 0;

let left: readonly Run['settings'][] = candidates;
for (const { epochs, seeds, keep } of rounds) {
  const scores: { settings: Run['settings']; accuracies: number[] }[] = left.map((settings) => ({
    settings,
    accuracies: [],
  }));
  for (const seed of seeds)
    for (const { settings, accuracies } of scores)
      accuracies.push(accuracyOf(await resultOf({ settings, epochs, seed })));
  scores.sort((a, b) => mean(b.accuracies) - mean(a.accuracies));
  console.log(`\nafter ${epochs} epochs:`);
  for (const { settings, accuracies } of scores)
    console.log(
      `${JSON.stringify(settings)}: ${percentText(mean(accuracies))}, ${accuracies.map(percentText).join(' ')}`,
    );
  left = scores.slice(0, keep).map(({ settings }) => settings);
}
