import { describeData } from '../datasets/describe.js';
import type { LabelledData } from '../datasets/labelledData.js';
import { oneLine, reason } from '../errors.js';
import { encodeCheckpoint } from '../formats/checkpoint.js';
import { version } from '../formats/version.js';
import type { JoinedMachines } from '../machines/joinMachines.js';
import type { RunListener, RunStart } from '../training/events.js';
import type { EpochReport, StepReport } from '../training/metrics.js';
import { observe, toAll } from '../training/observe.js';
import type { Trainer } from '../training/trainer.js';
import { Changes, repeatChange } from './changes.js';
import { command, endBySignal, interruption, runTogether } from './command.js';
import { checkSameCommand, give, workersOfAll } from './job.js';
import { checkFiles, fileListeners } from './listeners/fileListeners.js';
import { type Datasets, datasetsOf, loadData } from './options/datasets.js';
import { trainedOf } from './options/networkOfRun.js';
import { origins, recipeHelp, settingsByData } from './options/recipes.js';
import { resumeCommand } from './options/resumeCommand.js';
import { inFlags, refused } from './options/setting.js';
import { StartWeights } from './options/startWeights.js';
import { trainerOf } from './options/trainerOf.js';
import { recipeOf, settingsToSave, type TrainRun, trainRun } from './options/trainRun.js';
import { type TrainSettings, trainSettings } from './options/trainSettings.js';
import { makeChange, pageOfRun } from './pageOfRun.js';
import { type AboutModel, defaultFolder, RunFolder } from './runFolder.js';
import { trainingOutput, warning } from './terminal/trainingOutput.js';
import { checkSameData, fitOptions, type PlanOfRun, type StartOfRun, trainBeside } from './trainBeside.js';

const description =
  'Trains a network with cross-entropy: on Fashion-MNIST as the original does, on pictures of your own with --data DIR.';
const program = command('train', description, trainSettings).addHelpText('after', recipeHelp);

runTogether(program, async (machines) => {
  await checkSameCommand(machines, program, trainSettings);
  if (machines && machines.rank > 0) return trainBeside(machines, program);
  const planned = await trainRun(program);
  const { out = defaultFolder('runs') } = planned.settings;
  await checkFiles(planned.settings, out, planned.resumed !== undefined);
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
  const trained = await trainedOf(work.settings, datasets, source);
  const trainer = inFlags(trainSettings, () => trainerOf(work.settings, trained, machines));
  try {
    for (const dataset of [train, data.test, validation]) if (dataset) trainer.check(dataset);
    const started = start?.load(trainer);
    const { network, frozen } = trainer.config;
    const changes = await changesOf(work);
    const beginning: StartOfRun = {
      settings: work.settings,
      network: source && network,
      frozen,
      changes: changes.list,
    };
    await give(machines, beginning);
    await trainInto(out, work, datasets, trainer, machines, { started, changes });
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
  { started, changes }: { readonly started: string | undefined; readonly changes: Changes },
): Promise<void> {
  const { settings, resumed } = work;
  const { epochs, checkpointEvery } = settings;
  const { train, validation, data } = datasets;
  const config = configOf(settings, datasets, trainer);
  const aboutModel = aboutModelOf(settings, datasets);
  const folder = await folderOf(out, work, config, trainer, changes);
  const workers = await workersOfAll(machines, trainer.config.workers);
  await machines?.broadcast(encodeCheckpoint(trainer.checkpoint()));
  const signal = machines ? undefined : interruption();
  const page = settings.page ? await pageOfRun(out, trainer, settings.json, signal) : undefined;
  const output = trainingOutput(settings.json, epochs, validation !== undefined);
  const files = fileListeners(settings, out, () => folder.metrics());
  const tell = toAll([...files, output, ...(page ? [page.listener] : [])]);
  const onStart = async () => {
    if (resumed) await resumed.rewind(trainer);
    if (trainer.steps === 0) await folder.saveCheckpoint(trainer);
    if (machines) endBySignal((signal) => stoppedBy(signal, folder, trainer, resumed !== undefined));
    const about = [...openingOf(work, data, started), trainer.model.summary()];
    const threads = machines ? { machines: machines.ranks, workers } : { workers };
    await tell(startOf(trainer, datasets, { epochs, ...threads, about, config }));
  };
  // What the network says of each image is for the page alone.
  const sets = page ? { test: data.test, validation } : {};
  const seen = observe(trainer, tell, { ...sets, insights: page !== undefined || settings.tensorboard !== undefined });
  const onStep = async (report: StepReport) => {
    await seen.onStep(report);
    const change = (await makeChange(page, out, changes, trainer)) ?? repeatChange(changes.list, trainer);
    if (change) await tell(change);
    if (checkpointEvery && trainer.steps % checkpointEvery === 0) await folder.saveCheckpoint(trainer);
  };
  const options = {
    ...fitOptions(settings, datasets, trainer.epochsDone),
    ...seen,
    onStart,
    onStep,
    ...(signal && { signal: page?.signal ?? signal }),
  };
  try {
    for await (const report of trainer.fit(train, options)) {
      const metrics = { ...withoutTop5(report, data.classes.length), weightsHash: trainer.weightsHash() };
      await folder.save(trainer, aboutModel, metrics);
      await tell({ event: 'epoch', ...metrics, stepsDone: trainer.steps });
    }
    await finish(folder, work, aboutModel, trainer, tell);
  } catch (error) {
    page?.fail(oneLine(reason(error)));
    throw error;
  } finally {
    await page?.close();
  }
}

/** The run's folder, and the trainer where its newest checkpoint was. @throws HeddleError as RunFolder */
async function folderOf(
  out: string,
  { settings: { epochs }, resumed }: TrainRun,
  config: Readonly<Record<string, unknown>>,
  trainer: Trainer,
  changes: Changes,
): Promise<RunFolder> {
  await RunFolder.lock(out);
  const folder = resumed ?? (await RunFolder.create(out, config));
  for (const text of (await resumed?.restore(trainer)) ?? []) warning(text);
  if (epochs < trainer.epochsDone)
    throw refused(
      `--epochs ${epochs}: the run in ${out} has ${trainer.epochsDone} epochs already; give as many or more`,
    );
  // What was changed behind the step of a checkpoint is in it.
  if (trainer.steps === 0) repeatChange(changes.list, trainer);
  await changes.keepIn(out);
  return folder;
}

const changesOf = ({ settings, resumed }: TrainRun): Changes | Promise<Changes> => {
  if (resumed) return Changes.ofRun(resumed.path);
  return settings.changes === undefined ? Changes.none() : Changes.read(settings.changes);
};

/** @param of what the command alone knows */
const startOf = (
  trainer: Trainer,
  { train, data }: Datasets,
  of: Pick<RunStart, 'epochs' | 'workers' | 'machines' | 'about' | 'config'>,
): RunStart => ({
  event: 'start',
  time: Date.now(),
  ...of,
  epochsDone: trainer.epochsDone,
  stepsDone: trainer.steps,
  trainImages: train.count,
  testImages: data.test.count,
  classes: data.classes,
  inputShape: trainer.config.inputShape,
  kernels: trainer.model.kernels.name,
});

const aboutModelOf = (settings: TrainSettings, { data, normalization }: Datasets): AboutModel => ({
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
  tell: RunListener,
): Promise<void> {
  const { settings, resumed } = work;
  const { epochs, earlyStopping: patience } = settings;
  const stopped = patience && trainer.epochsDone - trainer.bestEpoch >= patience;
  const interrupted = trainer.epochsDone < epochs && !stopped;
  if (interrupted) await folder.save(trainer, about);
  else if (patience || resumed) await folder.saveModel(trainer, about);
  if (settings.profile) await tell({ event: 'profile', rows: trainer.profile() });
  const { path: out } = folder;
  const resume = interrupted ? toGoOn(out, resumed !== undefined) : undefined;
  const outcome = { interrupted, resume, epochs: trainer.epochsDone, out, files: RunFolder.files };
  await tell({ event: 'end', ...outcome, weightsHash: trainer.weightsHash() });
  if (interrupted) process.exitCode = 130;
}

const toGoOn = (out: string, wasResumed: boolean) => resumeCommand('train', program, trainSettings, out, wasResumed);

/** What is told when a signal ends a run on several machines: mpirun sends one to all when a machine has failed, too. */
function stoppedBy(signal: string, { path, savedSteps }: RunFolder, { steps }: Trainer, wasResumed: boolean): string {
  const goOn = `To go on, start it as before, but with ${toGoOn(path, wasResumed)}`;
  return `stopped by ${signal} after step ${steps}; ${path} holds what there was after step ${savedSteps}. ${goOn}`;
}
