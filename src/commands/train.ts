import { describeData } from '../datasets/describe.js';
import type { LabelledData } from '../datasets/labelledData.js';
import { encodeCheckpoint } from '../formats/checkpoint.js';
import { version } from '../formats/version.js';
import type { JoinedMachines } from '../machines/joinMachines.js';
import type { EpochReport, StepReport } from '../training/metrics.js';
import type { Trainer } from '../training/trainer.js';
import { command, endBySignal, interruption, runTogether } from './command.js';
import { checkSameCommand, give, workersOfAll } from './job.js';
import { type Datasets, datasetsOf, loadData } from './options/datasets.js';
import { trainedOf } from './options/networkOfRun.js';
import { origins, recipeHelp, settingsByData } from './options/recipes.js';
import { resumeCommand } from './options/resumeCommand.js';
import { refused } from './options/setting.js';
import { StartWeights } from './options/startWeights.js';
import { trainerOf } from './options/trainerOf.js';
import { recipeOf, settingsToSave, type TrainRun, trainRun } from './options/trainRun.js';
import { type TrainSettings, trainSettings } from './options/trainSettings.js';
import { type AboutModel, defaultFolder, RunFolder } from './runFolder.js';
import { createTrainingOutput, type TrainingOutput, warning } from './terminal/trainingOutput.js';
import { checkSameData, fitOptions, type PlanOfRun, type StartOfRun, trainBeside } from './trainBeside.js';

const description =
  'Trains a network with cross-entropy: on Fashion-MNIST as the original does, on pictures of your own with --data DIR.';
const program = command('train', description, trainSettings).addHelpText('after', recipeHelp);

runTogether(program, async (machines) => {
  await checkSameCommand(machines, program, trainSettings);
  if (machines && machines.rank > 0) return trainBeside(machines, program);
  const planned = await trainRun(program);
  const { out = defaultFolder('runs') } = planned.settings;
  const begun = await planned.resumed?.begun();
  const start = begun ? undefined : await StartWeights.read(planned.settings);
  const plan: PlanOfRun = {
    settings: planned.settings,
    inputs: planned.resumed?.inputs ?? start?.inputs,
    normalization: start?.description.normalization,
  };
  await give(machines, plan);
  const data = await loadData({ ...planned.settings, out }, plan.inputs);
  const datasets = datasetsOf(data, planned.settings, plan.normalization);
  await checkSameData(machines, datasets);
  const { train, validation } = datasets;
  planned.resumed?.checkImages(train.count, data.test.count);
  const work = suitedTo(datasets, planned);
  const source = begun ?? start;
  const trainer = trainerOf(work.settings, await trainedOf(work.settings, datasets, source), machines);
  try {
    for (const dataset of [train, data.test, validation]) if (dataset) trainer.check(dataset);
    const started = start?.load(trainer);
    const { network, frozen } = trainer.config;
    const beginning: StartOfRun = { settings: work.settings, network: source && network, frozen };
    await give(machines, beginning);
    await trainInto(out, work, datasets, trainer, machines, started);
  } finally {
    await trainer.close();
  }
});

async function trainInto(
  out: string,
  work: TrainRun,
  datasets: Datasets,
  trainer: Trainer,
  machines: JoinedMachines | undefined,
  started: string | undefined,
): Promise<void> {
  const { settings, resumed } = work;
  const { epochs, checkpointEvery } = settings;
  const { train, validation, data } = datasets;
  const config = configOf(settings, datasets, trainer);
  const about = aboutModel(settings, datasets);
  await RunFolder.lock(out);
  const folder = resumed ?? (await RunFolder.create(out, config));
  const output = createTrainingOutput(settings.json, epochs, validation !== undefined);
  for (const text of (await resumed?.restore(trainer)) ?? []) warning(text);
  if (epochs < trainer.epochsDone)
    throw refused(
      `--epochs ${epochs}: the run in ${out} has ${trainer.epochsDone} epochs already; give as many or more`,
    );
  const workers = await workersOfAll(machines, trainer.config.workers);
  await machines?.broadcast(encodeCheckpoint(trainer.checkpoint()));
  const onStart = async () => {
    if (resumed) await resumed.rewind(trainer);
    if (trainer.steps === 0) await folder.saveCheckpoint(trainer);
    if (machines) endBySignal((signal) => stoppedBy(signal, folder, trainer, resumed !== undefined));
    const told = machines ? { ...config, machines: machines.ranks, workers } : config;
    output.start(told, [...openingOf(work, data, started), trainer.model.summary()]);
  };
  const onStep = async (report: StepReport) => {
    output.step(report);
    if (checkpointEvery && trainer.steps % checkpointEvery === 0) await folder.saveCheckpoint(trainer);
  };
  const options = {
    ...fitOptions(settings, datasets, trainer.epochsDone),
    onStart,
    onStep,
    onEvaluate: output.evaluation,
    ...(machines ? {} : { signal: interruption() }),
  };
  for await (const report of trainer.fit(train, options)) {
    const metrics = { ...withoutTop5(report, data.classes.length), weightsHash: trainer.weightsHash() };
    await folder.save(trainer, about, metrics);
    output.epoch(metrics);
  }
  await finish(folder, work, about, trainer, output);
}

const aboutModel = (settings: TrainSettings, { data, normalization }: Datasets): AboutModel => ({
  classes: data.classes,
  transform: data.transform,
  recipe: recipeOf({ ...settings, ...normalization }),
});

/** A run with what its data say of its settings. */
function suitedTo({ train, data }: Datasets, run: TrainRun): TrainRun {
  const said = settingsByData(train.count, data.transform);
  const taken = Object.fromEntries(run.byData.map((name) => [name, said[name]]));
  return { ...run, settings: { ...run.settings, ...taken } };
}

/** Of few classes the five most likely ones tell little. */
function withoutTop5(report: EpochReport, classes: number): EpochReport {
  const { trainTop5Accuracy, validationTop5Accuracy, testTop5Accuracy, ...others } = report;
  return classes <= 20 ? others : report;
}

/** What is told before a run begins: what the data are, and where settings come from that nobody gave. */
const openingOf = ({ recipe }: TrainRun, data: LabelledData, started: string | undefined): string[] => [
  describeData(data),
  ...(recipe ? [`recipe ${recipe}: ${origins[recipe]}`] : []),
  ...(started === undefined ? [] : [started]),
];

/** What config.json says of a run. */
const configOf = (settings: TrainSettings, { train, data, normalization }: Datasets, trainer: Trainer) => ({
  version,
  node: process.version,
  options: { ...settingsToSave(settings), ...normalization },
  transform: data.transform,
  trainImages: train.count,
  testImages: data.test.count,
  ...trainer.config,
  kernels: trainer.model.kernels.name,
});

/** Saves what the end of an epoch has not saved, and tells of the end, which a signal may have brought early. */
async function finish(
  folder: RunFolder,
  work: TrainRun,
  about: AboutModel,
  trainer: Trainer,
  output: TrainingOutput,
): Promise<void> {
  const { settings, resumed } = work;
  const { epochs, earlyStopping: patience } = settings;
  const stopped = patience && trainer.epochsDone - trainer.bestEpoch >= patience;
  const interrupted = trainer.epochsDone < epochs && !stopped;
  if (interrupted) await folder.save(trainer, about);
  else if (patience || resumed) await folder.saveModel(trainer, about);
  if (settings.profile) output.profile(trainer.profile());
  const { path: out } = folder;
  const resume = interrupted ? toGoOn(out, resumed !== undefined) : undefined;
  const outcome = { interrupted, resume, epochs: trainer.epochsDone, out, files: RunFolder.files };
  output.end({ ...outcome, weightsHash: trainer.weightsHash() });
  if (interrupted) process.exitCode = 130;
}

const toGoOn = (out: string, wasResumed: boolean) => resumeCommand('train', program, trainSettings, out, wasResumed);

/** What is told when a signal ends a run on several machines: mpirun sends one to all when a machine has failed, too. */
function stoppedBy(signal: string, { path, savedSteps }: RunFolder, { steps }: Trainer, wasResumed: boolean): string {
  const goOn = `To go on, start it as before, but with ${toGoOn(path, wasResumed)}`;
  return `stopped by ${signal} after step ${steps}; ${path} holds what there was after step ${savedSteps}. ${goOn}`;
}
