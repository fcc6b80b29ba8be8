import type { Dataset } from '../data/dataset.js';
import { loadFashionMnist } from '../fashionMnist/dataset.js';
import { version } from '../formats/version.js';
import type { StepReport } from '../training/metrics.js';
import type { Trainer } from '../training/trainer.js';
import { command, interruption, run } from './command.js';
import { type Datasets, loadDatasets } from './options/datasets.js';
import { resumeCommand } from './options/resumeCommand.js';
import { refused } from './options/setting.js';
import { trainerOf } from './options/trainerOf.js';
import { settingsToSave, type TrainRun, trainRun } from './options/trainRun.js';
import { type TrainSettings, trainSettings } from './options/trainSettings.js';
import { defaultFolder, RunFolder } from './runFolder.js';
import { createTrainingOutput, type TrainingOutput, warning } from './terminal/trainingOutput.js';

const description = 'Trains the Fashion-MNIST network with cross-entropy; as the original does, unless told otherwise.';
const program = command('train', description, trainSettings);

type TrainData = Datasets & { readonly test: Dataset };

run(program, async () => {
  const work = await trainRun(program);
  const { data: folder, out = defaultFolder('runs') } = work.settings;
  const data = { ...(await loadDatasets(work.settings)), test: await loadFashionMnist('test', folder) };
  const trainer = trainerOf(work.settings, data.normalization, data.train.count);
  try {
    for (const dataset of [data.train, data.test, data.validation]) if (dataset) trainer.check(dataset);
    await trainInto(out, work, data, trainer);
  } finally {
    await trainer.close();
  }
});

async function trainInto(out: string, work: TrainRun, data: TrainData, trainer: Trainer): Promise<void> {
  const { settings, resumed } = work;
  const { epochs, checkpointEvery, earlyStopping: patience } = settings;
  const { train, test, validation } = data;
  const config = configOf(settings, data, trainer);
  await RunFolder.lock(out);
  const folder = resumed ?? (await RunFolder.create(out, config));
  const output = createTrainingOutput(settings.json, epochs, validation !== undefined);
  for (const text of (await resumed?.restore(trainer)) ?? []) warning(text);
  if (epochs < trainer.epochsDone)
    throw refused(
      `--epochs ${epochs}: the run in ${out} has ${trainer.epochsDone} epochs already; give as many or more`,
    );
  const onStart = async () => {
    if (resumed) await resumed.rewind(trainer);
    if (trainer.steps === 0) await folder.saveCheckpoint(trainer);
    output.start(config, trainer.model.summary());
  };
  const onStep = async (report: StepReport) => {
    output.step(report);
    if (checkpointEvery && trainer.steps % checkpointEvery === 0) await folder.saveCheckpoint(trainer);
  };
  const watch = { signal: interruption(), onStart, onStep, onEvaluate: output.evaluation };
  const stopping = patience ? { earlyStopping: { patience } } : {};
  const options = {
    epochs: epochs - trainer.epochsDone,
    test,
    ...watch,
    ...stopping,
    ...(validation && { validation }),
  };
  // Of ten classes the five most likely ones tell little.
  for await (const all of trainer.fit(train, options)) {
    const { trainTop5Accuracy, validationTop5Accuracy, testTop5Accuracy, ...report } = all;
    const metrics = { ...report, weightsHash: trainer.weightsHash() };
    await folder.save(trainer, metrics);
    output.epoch(metrics);
  }
  await finish(folder, work, trainer, output);
}

/** What config.json says of a run. */
const configOf = (settings: TrainSettings, { train, test, normalization }: TrainData, trainer: Trainer) => ({
  version,
  node: process.version,
  options: { ...settingsToSave(settings), ...normalization },
  trainImages: train.count,
  testImages: test.count,
  ...trainer.config,
  kernels: trainer.model.kernels.name,
});

/** Saves what the end of an epoch has not saved, and tells of the end, which a signal may have brought early. */
async function finish(folder: RunFolder, work: TrainRun, trainer: Trainer, output: TrainingOutput): Promise<void> {
  const { settings, resumed } = work;
  const { epochs, earlyStopping: patience } = settings;
  const stopped = patience && trainer.epochsDone - trainer.bestEpoch >= patience;
  const interrupted = trainer.epochsDone < epochs && !stopped;
  if (interrupted) await folder.save(trainer);
  else if (patience || resumed) await folder.saveModel(trainer);
  if (settings.profile) output.profile(trainer.profile());
  const { path: out } = folder;
  const resume = interrupted ? resumeCommand('train', program, trainSettings, out, resumed !== undefined) : undefined;
  const outcome = { interrupted, resume, epochs: trainer.epochsDone, out, files: RunFolder.files };
  output.end({ ...outcome, weightsHash: trainer.weightsHash() });
  if (interrupted) process.exitCode = 130;
}
