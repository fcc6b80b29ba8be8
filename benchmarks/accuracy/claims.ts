import { writeFileSync } from 'node:fs';
import { loadFashionMnist } from '../../src/fashionMnist/dataset.js';
import { fashionNetInput } from '../../src/fashionMnist/network.js';
import { fashionMnistNormalization as normalization } from '../../src/fashionMnist/normalization.js';
import { firstSamples, HeddleError, SGD } from '../../src/index.js';
import { type EpochReport, Trainer } from '../../src/node.js';
import { chart } from './claims/chart.js';
import { type EpochResult, findResult, type Result, type Run } from './claims/record.js';
import { outcome, table } from './claims/table.js';
import { type Variant, variants } from './claims/variants.js';
import { addToRecord, readRecord } from './record.js';

// Whether what is claimed of the network holds: that BatchNorm is what lets the learning rate be 0.15, that Dropout helps, and
// that several convolutions do. `npm run claims` trains each variant with three seeds on the same budget. Each result goes into
// benchmarks/results/claims.jsonl; runs that are in it already are not repeated. Then come the table and claims.svg, which
// `npm run claims table` makes of an unfinished record too.

const budget = { images: 15_000, epochs: 2 };
const seeds = [0, 1, 2];
const file = new URL('../../../benchmarks/results/claims.jsonl', import.meta.url);

const train = firstSamples(await loadFashionMnist('train'), budget.images);
const test = await loadFashionMnist('test');

async function trainVariant({ network, rate }: Variant, run: Run): Promise<Result> {
  const optimizer = new SGD({ learningRate: rate });
  const trainer = new Trainer(network(), { inputShape: fashionNetInput, optimizer, seed: run.seed, normalization });
  const reports: EpochResult[] = [];
  try {
    for await (const report of trainer.fit(train, { epochs: run.epochs, test })) {
      const { trainLoss, trainAccuracy, testLoss, testAccuracy } = report as Required<EpochReport>;
      reports.push({ trainLoss, trainAccuracy, testLoss, testAccuracy });
    }
    return { ...run, node: process.version, reports, weightsHash: trainer.weightsHash() };
  } catch (error) {
    if (!(error instanceof HeddleError) || error.code !== 'DIVERGED') throw error;
    return { ...run, node: process.version, reports, divergedIn: trainer.steps + 1 };
  } finally {
    await trainer.close();
  }
}

const runOf = ({ name, rate }: Variant, seed: number): Run => ({ variant: name, rate, seed, ...budget });

/** Seed by seed, so that an unfinished record has as much of each variant. */
async function trainAll(): Promise<void> {
  for (const seed of seeds)
    for (const variant of variants) {
      const run = runOf(variant, seed);
      if (findResult(readRecord<Result>(file), run)) continue;
      const start = performance.now();
      const result = await trainVariant(variant, run);
      addToRecord(file, result);
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.log(`${variant.name}, rate ${variant.rate}, seed ${seed}: ${outcome(result)} (${seconds} s)`);
    }
}

const caption = `SGD, batch 100, ${budget.epochs} epochs of the first ${budget.images.toLocaleString('en')} training images`;
console.log(`${caption}; accuracy in per cent on all test images after the last`);
if (process.argv[2] !== 'table') await trainAll();
const record = readRecord<Result>(file);
const results = (variant: Variant) => seeds.map((seed) => findResult(record, runOf(variant, seed)));
const rows = variants.map((variant) => ({ ...variant, results: results(variant) }));
console.log(`\n${table(rows, seeds)}`);
writeFileSync(new URL('claims.svg', file), chart(rows, seeds, caption));
