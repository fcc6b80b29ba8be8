import { writeFile } from 'node:fs/promises';
import { command, interruption, run } from './cli/command.js';
import { byClass, confusionMatrix, evaluationText } from './cli/evaluationReport.js';
import { fashionMnistClasses } from './data/imageDataset.js';
import { loadMnistFolder } from './data/mnistFolder.js';
import { HeddleError } from './errors.js';
import { fashionNet, fashionNetInput } from './fashionNet.js';
import { inputNormalization, readModelFile } from './formats/modelFile.js';
import { SGD } from './training/sgd.js';
import { Trainer } from './training/trainer.js';

const program = command('evaluate', 'Loss, accuracy and confusions of a trained model on the test images.')
  .requiredOption('--weights <file>', 'the model.safetensors of a training run')
  .option('--predictions <file>', 'write the predicted class of each test image, one a line')
  .parse();

run(async () => {
  const { weights, predictions: predictionsPath, data, workers, kernels, json } = program.opts();
  const signal = interruption();
  const file = await readModelFile(weights);
  const test = await loadMnistFolder(data, 'test');
  const trainer = new Trainer(fashionNet(), {
    ...{ inputShape: fashionNetInput, optimizer: new SGD({ learningRate: 0 }), workers, kernels },
    normalization: inputNormalization(file.metadata),
  });
  try {
    trainer.model.loadStateDict(file.tensors);
    const { loss, accuracy, predictions } = await trainer.evaluate(test, signal);
    if (signal.aborted) {
      process.exitCode = 130;
      return;
    }
    const confusions = confusionMatrix(test.labels, predictions, fashionMnistClasses.length);
    if (predictionsPath) await writePredictions(predictionsPath, predictions);
    const result = { loss, accuracy, classes: byClass(confusions, fashionMnistClasses), confusionMatrix: confusions };
    process.stdout.write(json ? `${JSON.stringify({ event: 'evaluation', ...result })}\n` : evaluationText(result));
  } finally {
    await trainer.close();
  }
});

async function writePredictions(path: string, predictions: Uint8Array): Promise<void> {
  try {
    await writeFile(path, `${predictions.join('\n')}\n`);
  } catch (cause) {
    throw new HeddleError('FILE', `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}
