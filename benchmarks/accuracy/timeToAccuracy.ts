import { cpus } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { defaultsOf } from '../../src/commands/options/setting.js';
import { trainerOf } from '../../src/commands/options/trainerOf.js';
import { trainSettings } from '../../src/commands/options/trainSettings.js';
import { loadFashionMnist } from '../../src/fashionMnist/dataset.js';
import { fashionNet, fashionNetInput } from '../../src/fashionMnist/network.js';
import { fashionMnistNormalization as normalization } from '../../src/fashionMnist/normalization.js';
import { recipes } from '../../src/fashionMnist/recipes.js';
import { version } from '../../src/formats/version.js';
import { percentText } from '../../src/pages/format.js';
import { addToRecord, readRecord } from './record.js';
import { accuracyTable, type Result } from './timeToAccuracy/table.js';

// How long the best recipe trains until it has 90, 92, 93 and 94% of the test images right: `npm run bench:accuracy [seeds
// [epochs…]]` trains runs of so many epochs, by default 5, with so many seeds, by default 5, and tests after each epoch, or
// after the last alone if there are more than 5. Since the schedule depends on a run's length, a shorter run may be faster to
// a lower accuracy. Each result goes into benchmarks/results/timeToAccuracy.jsonl, and what is in it already is not run again;
// delete it to measure another machine.

const [seedCount = 5, ...lengths] = process.argv.slice(2).map(Number);
const epochsOfRuns = lengths.length > 0 ? lengths : [5];
const recipe = recipes.best;
const file = new URL('../../../benchmarks/results/timeToAccuracy.jsonl', import.meta.url);
const [train, test] = [await loadFashionMnist('train'), await loadFashionMnist('test')];

async function trainRun(epochs: number, seed: number): Promise<Result> {
  const trainer = trainerOf(
    { ...defaultsOf(trainSettings), ...recipe, epochs, seed },
    {
      network: fashionNet(),
      inputShape: fashionNetInput,
      normalization,
      frozen: [],
      layerModules: [],
      images: train.count,
    },
  );
  const { workers } = trainer.config;
  const machine = { version, node: process.version, processor: cpus()[0].model, workers };
  try {
    const reports: Result['reports'][number][] = [];
    const untested = epochs > 5 ? epochs - 1 : 0;
    let seconds = 0;
    const name = (epoch: number) => `seed ${seed}, epoch ${epoch} of ${epochs}, after ${seconds.toFixed(0)} s`;
    for await (const { epoch, seconds: trained } of trainer.fit(train, { epochs: untested })) {
      seconds += trained;
      console.log(name(epoch));
    }
    for await (const report of trainer.fit(train, { epochs: epochs - untested, test })) {
      const { epoch, testAccuracy = 0 } = report;
      seconds += report.seconds;
      reports.push({ epoch, seconds, testAccuracy });
      console.log(`${name(epoch)}: ${percentText(testAccuracy)}`);
    }
    return { epochs, seed, recipe, reports, ...machine, weightsHash: trainer.weightsHash() };
  } finally {
    await trainer.close();
  }
}

const known = () => readRecord<Result>(file).filter((result) => isDeepStrictEqual(result.recipe, recipe));
for (let seed = 0; seed < seedCount; seed++)
  for (const epochs of epochsOfRuns) {
    if (known().some((result) => result.seed === seed && result.epochs === epochs)) continue;
    addToRecord(file, await trainRun(epochs, seed));
  }
console.log(`\n${accuracyTable(known())}`);
