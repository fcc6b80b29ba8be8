import type { Command } from 'commander';
import { fingerprint } from '../data/fingerprint.js';
import type { Normalization } from '../data/normalization.js';
import type { DataOptions } from '../datasets/labelledData.js';
import { decodeCheckpoint } from '../formats/checkpoint.js';
import type { Graph } from '../graph/graph.js';
import type { JoinedMachines } from '../machines/joinMachines.js';
import { agree } from '../training/agreement.js';
import type { RunChange } from '../training/events.js';
import type { FitOptions } from '../training/trainerOptions.js';
import { repeatChange } from './changes.js';
import { given, workersOfAll } from './job.js';
import { type Datasets, datasetsOf, loadData } from './options/datasets.js';
import { trainedOf } from './options/networkOfRun.js';
import { givenValues } from './options/setting.js';
import { trainerOf } from './options/trainerOf.js';
import type { TrainSettings, TrainTable } from './options/trainSettings.js';

// What `train` does on all machines but rank 0's, which tells them what they cannot know: what stands in the run's folder and in
// other files of its own.

/** What rank 0 tells of a run before the data are loaded. */
export interface PlanOfRun {
  readonly settings: TrainSettings;
  /** What is wanted of the inputs, and how they are scaled, where weights or the run that goes on say so. */
  readonly inputs?: Pick<DataOptions, 'channels' | 'transform'> | undefined;
  readonly normalization?: Normalization | undefined;
}

/** What it tells then. */
export interface StartOfRun {
  /** With what the data say of them. */
  readonly settings: TrainSettings;
  /** The network of the weights that the run starts from, and what of it stays as it is. */
  readonly network?: Graph | undefined;
  readonly frozen: readonly string[];
  readonly changes: readonly RunChange[];
}

/** What rank 0 does besides in `train.ts`. */
export async function trainBeside(machines: JoinedMachines, program: Command): Promise<void> {
  const plan = await given<PlanOfRun>(machines);
  const ofThisMachine = ownSettings(program);
  const own = { ...plan.settings, ...ofThisMachine };
  const { out, ...whatToLoad } = own;
  const data = await loadData({ ...whatToLoad, json: true }, plan.inputs);
  const datasets = datasetsOf(data, own, plan.normalization);
  await checkSameData(machines, datasets);
  const start = await given<StartOfRun>(machines);
  const settings = { ...start.settings, ...ofThisMachine };
  const { network, frozen, changes } = start;
  const source = network && { networkFor: () => network, frozen: () => frozen };
  const trainer = trainerOf(settings, await trainedOf(settings, datasets, source), machines);
  try {
    await workersOfAll(machines, trainer.config.workers);
    trainer.restore(decodeCheckpoint(await machines.broadcast()));
    const options = fitOptions(settings, datasets, trainer.epochsDone);
    const epochs = trainer.fit(datasets.train, { ...options, onStep: () => repeatChange(changes, trainer) });
    while (!(await epochs.next()).done);
  } finally {
    await trainer.close();
  }
}

/** What this machine may have of its own, as its command line says. */
export function ownSettings(program: Command): Partial<Pick<TrainSettings, 'data' | 'kernels' | 'workers'>> {
  const { data, kernels }: Partial<TrainSettings> = givenValues<TrainTable>(program);
  const { workers } = program.opts<TrainSettings>();
  return { workers, ...(data === undefined ? {} : { data }), ...(kernels === undefined ? {} : { kernels }) };
}

/** @throws HeddleError MACHINES naming a machine whose data are others, on all of them */
export const checkSameData = (
  machines: JoinedMachines | undefined,
  { train, validation, data }: Datasets,
): Promise<void> =>
  agree(machines, () => ({
    classes: data.classes,
    'training set': fingerprint(train),
    'validation set': validation && fingerprint(validation),
    'test set': fingerprint(data.test),
  }));

/** What all machines give `fit`. */
export const fitOptions = (
  { epochs, earlyStopping: patience }: TrainSettings,
  { validation, data }: Datasets,
  epochsDone: number,
): FitOptions => ({
  epochs: epochs - epochsDone,
  test: data.test,
  ...(patience && { earlyStopping: { patience } }),
  ...(validation && { validation }),
});
