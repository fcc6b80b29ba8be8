import { command, interruption, number, run, version, whole } from './cli/command.js';
import { createReporter } from './cli/reporter.js';
import { defaultRunFolder, RunFolder } from './cli/runFolder.js';
import { firstSamples, pixelStatistics } from './data/imageDataset.js';
import { loadMnistFolder } from './data/mnistFolder.js';
import { fashionNet, fashionNetInput } from './fashionNet.js';
import { SGD } from './training/sgd.js';
import { Trainer } from './training/trainer.js';

const program = command('train', 'Trains the Fashion-MNIST network with cross-entropy and SGD.')
  .option('--epochs <n>', 'passes over the training set', whole(1), 5)
  .option('--batch-size <n>', 'images per step', whole(1), 100)
  .option('--lr <rate>', 'learning rate', number(0), 0.15)
  .option('--momentum <m>', 'SGD momentum', number(0), 0)
  .option('--weight-decay <d>', 'L2 penalty', number(0), 0)
  .option('--seed <n>', 'initial weights, order of the images and dropout', whole(0, 2 ** 32 - 1), 0)
  .option('--limit <n>', 'train on the first n images only', whole(1))
  .option('--profile', 'print where the time of a step goes, by layer and pass', false)
  .option('--out <dir>', 'folder for the model, metrics and configuration (default: "runs/DATE-TIME")')
  .parse();

run(async () => {
  const options = program.opts();
  const {
    epochs,
    batchSize,
    seed,
    workers,
    kernels,
    conv,
    data,
    limit,
    json,
    profile,
    out = defaultRunFolder(),
  } = options;
  const signal = interruption();
  const [all, test] = await Promise.all([loadMnistFolder(data, 'train'), loadMnistFolder(data, 'test')]);
  const train = limit ? firstSamples(all, limit) : all;
  const { mean, std } = pixelStatistics(all);
  const normalization = { mean: Number(mean.toFixed(4)), std: Number(std.toFixed(4)) };
  const optimizer = new SGD({ ...options, learningRate: options.lr });
  const trainer = new Trainer(fashionNet(), {
    ...{
      inputShape: fashionNetInput,
      optimizer,
      batchSize,
      seed,
      workers,
      kernels,
      convolution: conv,
      normalization,
      profile,
    },
  });
  try {
    const { model } = trainer;
    for (const dataset of [train, test]) trainer.check(dataset);
    const config = {
      ...{ version, node: process.version, epochs, trainImages: train.count, testImages: test.count, data },
      ...{ ...trainer.config, kernels: model.kernels.name },
    };
    const folder = await RunFolder.create(out, config);
    const metadata = { mean: String(normalization.mean), std: String(normalization.std) };
    const reporter = createReporter(json, epochs);
    reporter.start(config, model.summary());
    let done = 0;
    for await (const report of trainer.fit(train, { epochs, test, signal, onStep: reporter.step })) {
      if (report.testLoss !== undefined) done++; // else Ctrl-C ended its evaluation
      const metrics = { ...report, weightsHash: trainer.weightsHash() };
      await folder.addMetrics(metrics);
      await folder.saveModel(model, metadata);
      reporter.epoch(metrics);
    }
    const interrupted = done < epochs;
    if (interrupted) await folder.saveModel(model, metadata);
    if (profile) reporter.profile(trainer.profile());
    reporter.end({ interrupted, epochs: done, out, files: RunFolder.files, weightsHash: trainer.weightsHash() });
    if (interrupted) process.exitCode = 130;
  } finally {
    await trainer.close();
  }
});
