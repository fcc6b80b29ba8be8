import { cpus } from 'node:os';
import { defaultsOf } from '../../src/commands/options/setting.js';
import { trainerOf } from '../../src/commands/options/trainerOf.js';
import { type TrainSettings, trainSettings } from '../../src/commands/options/trainSettings.js';
import { loadFashionMnist } from '../../src/fashionMnist/dataset.js';
import { fashionNet, fashionNetInput } from '../../src/fashionMnist/network.js';
import { fashionMnistNormalization } from '../../src/fashionMnist/normalization.js';
import { version } from '../../src/formats/version.js';
import { type Dataset, firstSamples, HeddleError, subset } from '../../src/index.js';

/** What a run is: the same comes to the same bits. */
export interface Run {
  /** Those of `train` that are not its defaults. */
  readonly settings: Partial<TrainSettings>;
  readonly epochs: number;
  readonly seed: number;
}

/** A run and what came of it, a line of a record. */
export interface RunResult extends Run {
  /** After each epoch, tested on the images that are held out, with the seconds of training until then; there are fewer than `epochs` if the run diverged. */
  readonly reports: readonly {
    readonly epoch: number;
    readonly seconds: number;
    readonly trainAccuracy: number;
    readonly testAccuracy: number;
  }[];
  readonly version: string;
  readonly node: string;
  readonly processor: string;
  readonly workers: number;
  readonly weightsHash?: string;
  /** The step whose loss was not a finite number. */
  readonly divergedIn?: number;
}

const heldOutImages = 10_000;

async function heldOutData(): Promise<{ train: Dataset; test: Dataset }> {
  const all = await loadFashionMnist('train');
  const count = all.count - heldOutImages;
  const last = Array.from({ length: heldOutImages }, (_, i) => count + i);
  return { train: firstSamples(all, count), test: subset(all, last) };
}

/** Trains the specified network without the last 10,000 training images, is tested on these, so that something can be chosen by
 * it, and tells of each epoch. */
export async function trainRun(run: Run, tell: (report: RunResult['reports'][number]) => void): Promise<RunResult> {
  const { epochs, seed } = run;
  const { train, test } = await heldOutData();
  const settings: TrainSettings = { ...defaultsOf(trainSettings), ...run.settings, epochs, seed };
  const { mean = fashionMnistNormalization.mean, std = fashionMnistNormalization.std } = settings;
  const trainer = trainerOf(settings, {
    network: fashionNet(),
    inputShape: fashionNetInput,
    normalization: { mean, std },
    frozen: [],
    layerModules: [],
    images: train.count,
  });
  const machine = { version, node: process.version, processor: cpus()[0].model, workers: trainer.config.workers };
  const reports: RunResult['reports'][number][] = [];
  let seconds = 0;
  try {
    for await (const report of trainer.fit(train, { epochs, test })) {
      const { epoch, trainAccuracy = Number.NaN, testAccuracy = Number.NaN } = report;
      seconds += report.seconds;
      reports.push({ epoch, seconds, trainAccuracy, testAccuracy });
      tell({ epoch, seconds, trainAccuracy, testAccuracy });
    }
    return { ...run, reports, ...machine, weightsHash: trainer.weightsHash() };
  } catch (error) {
    if (!(error instanceof HeddleError) || error.code !== 'DIVERGED') throw error;
    return { ...run, reports, ...machine, divergedIn: trainer.steps + 1 };
  } finally {
    await trainer.close();
  }
}
