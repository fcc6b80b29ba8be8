import { interruption, networkCommand, number, run, whole, workersOption } from './cli/command.js';
import { createReporter } from './cli/reporter.js';
import { defaultRunFolder, RunFolder } from './cli/runFolder.js';
import { trainSettings } from './cli/trainSettings.js';
import type { Normalization } from './data/batches.js';
import { firstSamples, type ImageDataset, pixelStatistics } from './data/imageDataset.js';
import { loadMnistFolder } from './data/mnistFolder.js';
import { fashionNet, fashionNetInput } from './fashionNet.js';
import type { StepReport } from './training/metrics.js';
import { SGD } from './training/sgd.js';
import { Trainer } from './training/trainer.js';
import { version } from './version.js';

const program = networkCommand('train', 'Trains the Fashion-MNIST network with cross-entropy and SGD.')
  .addOption(workersOption())
  .option('--epochs <n>', 'passes over the training set', whole(1), 5)
  .option('--batch-size <n>', 'images per step', whole(1), 100)
  .option('--lr <rate>', 'learning rate', number(0), 0.15)
  .option('--momentum <m>', 'SGD momentum', number(0), 0)
  .option('--weight-decay <d>', 'L2 penalty', number(0), 0)
  .option('--seed <n>', 'initial weights, order of the images and dropout', whole(0, 2 ** 32 - 1), 0)
  .option('--limit <n>', 'train on the first n images only', whole(1))
  .option('--profile', 'print where the time of a step goes, by layer and pass', false)
  .option('--out <dir>', 'folder for the model, metrics and configuration (default: "runs/DATE-TIME")')
  .option('--checkpoint-every <n>', 'steps between checkpoints, besides those after each epoch', whole(1))
  .option('--resume <dir>', 'go on with the run in this folder, to the same bits')
  .parse();

run(async () => {
  const { resumed, out = defaultRunFolder(), ...options } = await trainSettings(program);
  const { epochs, batchSize, seed, workers, kernels, conv, data, limit, json, profile, checkpointEvery } = options;
  const signal = interruption();
  const [all, test] = await Promise.all([loadMnistFolder(data, 'train'), loadMnistFolder(data, 'test')]);
  const train = limit ? firstSamples(all, limit) : all;
  const normalization: Normalization = options.normalization ?? pixelNormalization(all);
  const optimizer = new SGD({ ...options, learningRate: options.lr });
  const trainer = new Trainer(fashionNet(), {
    ...{ inputShape: fashionNetInput, optimizer, batchSize, seed, workers, kernels },
    ...{ convolution: conv, normalization, profile },
  });
  try {
    for (const dataset of [train, test]) trainer.check(dataset);
    const config = {
      ...{ version, node: process.version, epochs, trainImages: train.count, testImages: test.count, data },
      ...{ ...trainer.config, kernels: trainer.model.kernels.name },
    };
    const folder = resumed ?? (await RunFolder.create(out, config));
    const reporter = createReporter(json, epochs);
    const damaged = await resumed?.restore(trainer);
    if (damaged) reporter.warning(`${damaged.message}; going on from the checkpoint before it`);
    reporter.start(config, trainer.model.summary());
    const metadata = { mean: String(normalization.mean), std: String(normalization.std) };
    let saved: Promise<void> | undefined;
    const onStart = () => {
      saved = resumed ? undefined : folder.saveCheckpoint(trainer);
      saved?.catch(() => {}); // the first step reports it
    };
    const onStep = async (report: StepReport) => {
      reporter.step(report);
      await saved;
      if (trainer.steps % checkpointEvery === 0) await folder.saveCheckpoint(trainer);
    };
    const epochsLeft = epochs - trainer.epochsDone;
    for await (const report of trainer.fit(train, { epochs: epochsLeft, test, signal, onStart, onStep })) {
      const metrics = { ...report, weightsHash: trainer.weightsHash() };
      await folder.addMetrics(metrics);
      await folder.save(trainer, metadata);
      reporter.epoch(metrics);
    }
    const interrupted = trainer.epochsDone < epochs;
    if (interrupted) await folder.save(trainer, metadata);
    if (profile) reporter.profile(trainer.profile());
    const { epochsDone } = trainer;
    reporter.end({ interrupted, epochs: epochsDone, out, files: RunFolder.files, weightsHash: trainer.weightsHash() });
    if (interrupted) process.exitCode = 130;
  } finally {
    await trainer.close();
  }
});

/** Mean and deviation of a set's pixels, to four digits, as people quote them. */
function pixelNormalization(dataset: ImageDataset): Normalization {
  const { mean, std } = pixelStatistics(dataset);
  return { mean: Number(mean.toFixed(4)), std: Number(std.toFixed(4)) };
}
