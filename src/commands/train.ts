import { HeddleError } from '../errors.js';
import { loadFashionMnist } from '../fashionMnist/dataset.js';
import { version } from '../formats/version.js';
import type { StepReport } from '../training/metrics.js';
import { command, interruption, run } from './command.js';
import { loadDatasets } from './options/datasets.js';
import { resumeCommand } from './options/resumeCommand.js';
import { trainerOf } from './options/trainerOf.js';
import { settingsToSave, trainRun } from './options/trainRun.js';
import { trainSettings } from './options/trainSettings.js';
import { defaultFolder, RunFolder } from './runFolder.js';
import { createTrainingOutput } from './terminal/trainingOutput.js';

const description = 'Trains the Fashion-MNIST network with cross-entropy; as the original does, unless told otherwise.';
const program = command('train', description, trainSettings);

run(program, async () => {
  const { settings, resumed } = await trainRun(program);
  const { epochs, json, profile, checkpointEvery, earlyStopping: patience, out = defaultFolder('runs') } = settings;
  const { train, validation, normalization } = await loadDatasets(settings);
  const test = await loadFashionMnist('test', settings.data);
  const trainer = trainerOf(settings, normalization, train.count);
  try {
    for (const dataset of [train, test, validation]) if (dataset) trainer.check(dataset);
    const config = {
      version,
      node: process.version,
      options: { ...settingsToSave(settings), ...normalization },
      trainImages: train.count,
      testImages: test.count,
      ...trainer.config,
      kernels: trainer.model.kernels.name,
    };
    await RunFolder.lock(out);
    const folder = resumed ?? (await RunFolder.create(out, config));
    const output = createTrainingOutput(json, epochs, validation !== undefined);
    for (const warning of (await resumed?.restore(trainer)) ?? []) output.warning(warning);
    if (epochs < trainer.epochsDone)
      throw new HeddleError(
        'ARGUMENT',
        `--epochs ${epochs}: the run in ${out} has ${trainer.epochsDone} epochs already; give as many or more`,
      );
    const signal = interruption();
    const onStart = async () => {
      if (resumed) await resumed.rewind(trainer);
      if (trainer.steps === 0) await folder.saveCheckpoint(trainer);
      output.start(config, trainer.model.summary());
    };
    const onStep = async (report: StepReport) => {
      output.step(report);
      if (checkpointEvery && trainer.steps % checkpointEvery === 0) await folder.saveCheckpoint(trainer);
    };
    const fitOptions = {
      epochs: epochs - trainer.epochsDone,
      test,
      signal,
      onStart,
      onStep,
      onEvaluate: output.evaluation,
      ...(validation ? { validation } : {}),
      ...(patience ? { earlyStopping: { patience } } : {}),
    };
    for await (const report of trainer.fit(train, fitOptions)) {
      const metrics = { ...report, weightsHash: trainer.weightsHash() };
      await folder.saveEpoch(trainer, metrics);
      output.epoch(metrics);
    }
    const stopped = patience && trainer.epochsDone - trainer.bestEpoch >= patience;
    const interrupted = trainer.epochsDone < epochs && !stopped;
    if (interrupted) await folder.save(trainer);
    else if (patience || resumed) await folder.saveModel(trainer);
    if (profile) output.profile(trainer.profile());
    const { epochsDone } = trainer;
    output.end({
      interrupted,
      ...(interrupted ? { resume: resumeCommand(program, trainSettings, out, resumed !== undefined) } : {}),
      epochs: epochsDone,
      out,
      files: RunFolder.files,
      weightsHash: trainer.weightsHash(),
    });
    if (interrupted) process.exitCode = 130;
  } finally {
    await trainer.close();
  }
});
