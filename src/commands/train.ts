import { loadMnistFolder } from '../data/mnist/mnistFolder.js';
import { HeddleError } from '../errors.js';
import { fashionNet } from '../fashionMnist/network.js';
import { version } from '../formats/version.js';
import type { StepReport } from '../training/metrics.js';
import { Trainer } from '../training/trainer.js';
import { interruption, networkCommand, pathName, run, whole, workersOption } from './command.js';
import { loadDatasets } from './options/datasets.js';
import { meanOption, stdOption } from './options/normalizationOptions.js';
import { trainerOptions, withTrainOptions } from './options/trainOptions.js';
import { resumeTraining, trainSettings } from './options/trainSettings.js';
import { defaultFolder, RunFolder } from './runFolder.js';
import { createReporter } from './terminal/reporter.js';

const program = withTrainOptions(
  networkCommand(
    'train',
    'Trains the Fashion-MNIST network with cross-entropy; as the original does, unless told otherwise.',
  ),
)
  .addOption(workersOption())
  .option('--limit <n>', 'train on the first n images only', whole(1))
  .option('--validation <n>', 'hold n training images out, drawn at random, and evaluate on them too', whole(1))
  .option('--early-stopping <epochs>', 'without a better validation accuracy; the best weights stay', whole(1))
  .addOption(meanOption("instead of the training set's"))
  .addOption(stdOption())
  .option('--profile', 'print where the time of a step goes, by layer and pass', false)
  .option('--out <dir>', 'folder for the model, metrics and configuration (default: "runs/DATE-TIME")', pathName)
  .option('--checkpoint-every <n>', 'steps between checkpoints, besides those after each epoch', whole(1))
  .option('--resume <dir>', 'go on with the run in this folder, to the same bits', pathName);

run(program, async () => {
  const trainRun = await trainSettings(program);
  const { resumed, saved: options, out = defaultFolder('runs'), ...settings } = trainRun;
  const { epochs, workers, kernels, conv, json, profile, checkpointEvery, earlyStopping: patience } = settings;
  const { train, validation, normalization } = await loadDatasets(settings);
  const test = await loadMnistFolder(settings.data, 'test');
  const trainer = new Trainer(fashionNet({ dropout: settings.dropout }), {
    ...trainerOptions(settings, normalization, train.count),
    ...{ workers, kernels, convolution: conv, profile },
  });
  try {
    for (const dataset of [train, test, validation]) if (dataset) trainer.check(dataset);
    const config = {
      ...{ version, node: process.version, options: { ...options, ...normalization } },
      ...{ trainImages: train.count, testImages: test.count },
      ...{ ...trainer.config, kernels: trainer.model.kernels.name },
    };
    await RunFolder.lock(out);
    const folder = resumed ?? (await RunFolder.create(out, config));
    const reporter = createReporter(json, epochs, validation !== undefined);
    for (const warning of (await resumed?.restore(trainer)) ?? []) reporter.warning(warning);
    if (epochs < trainer.epochsDone)
      throw new HeddleError(
        'ARGUMENT',
        `--epochs ${epochs}: the run in ${out} has ${trainer.epochsDone} epochs already; give as many or more`,
      );
    const signal = interruption();
    const onStart = async () => {
      if (resumed) await resumed.rewind(trainer);
      if (trainer.steps === 0) await folder.saveCheckpoint(trainer);
      reporter.start(config, trainer.model.summary());
    };
    const onStep = async (report: StepReport) => {
      reporter.step(report);
      if (checkpointEvery && trainer.steps % checkpointEvery === 0) await folder.saveCheckpoint(trainer);
    };
    const fitOptions = {
      epochs: epochs - trainer.epochsDone,
      test,
      signal,
      onStart,
      onStep,
      onEvaluate: reporter.evaluation,
      ...(validation ? { validation } : {}),
      ...(patience ? { earlyStopping: { patience } } : {}),
    };
    for await (const report of trainer.fit(train, fitOptions)) {
      const metrics = { ...report, weightsHash: trainer.weightsHash() };
      await folder.saveEpoch(trainer, metrics);
      reporter.epoch(metrics);
    }
    const stopped = patience && trainer.epochsDone - trainer.bestEpoch >= patience;
    const interrupted = trainer.epochsDone < epochs && !stopped;
    if (interrupted) await folder.save(trainer);
    else if (patience || resumed) await folder.saveModel(trainer);
    if (profile) reporter.profile(trainer.profile());
    const { epochsDone } = trainer;
    reporter.end({
      interrupted,
      ...(interrupted ? { resume: resumeTraining(program, trainRun, out) } : {}),
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
