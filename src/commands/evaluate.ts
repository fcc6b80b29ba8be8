import { writeFile } from 'node:fs/promises';
import { loadFashionMnist } from '../fashionMnist/dataset.js';
import { writing } from '../formats/durableFile.js';
import type { Evaluation, EvaluationProgress } from '../training/metrics.js';
import { Trainer } from '../training/trainer.js';
import { command, run } from './command.js';
import {
  networkSettings,
  normalizationSettings,
  outputSettings,
  threadSettings,
  weightsSettings,
} from './options/commonSettings.js';
import { checkOutput, dataFiles } from './options/ownInput.js';
import { pathName } from './options/parsers.js';
import type { SettingTable, ValuesOf } from './options/setting.js';
import { checkNumbers, classNames, loadWeights } from './options/weights.js';
import { confusions, evaluationJson, evaluationText } from './terminal/evaluationText.js';
import { clearLine, drawProgress } from './terminal/progressBar.js';

const settings = {
  ...outputSettings,
  ...networkSettings,
  ...threadSettings,
  ...weightsSettings,
  predictions: {
    flag: '--predictions <file>',
    help: 'write the predicted class of each test image, one a line',
    parse: pathName,
  },
  testTimeFlip: {
    flag: '--test-time-flip',
    help: 'take the mean of each image and its mirror image (default: as the model was trained)',
    off: 'take each image alone',
  },
  ...normalizationSettings(),
} as const satisfies SettingTable;

const program = command('evaluate', 'Loss, accuracy and confusions of a trained model on the test images.', settings);

run(program, async () => {
  const options = program.opts<ValuesOf<typeof settings>>();
  const { weights, predictions: predictionsPath, data, workers, kernels, conv, json } = options;
  if (predictionsPath)
    await checkOutput(['--predictions', [predictionsPath]], [['--weights', [weights]], await dataFiles(data)]);
  const { network, inputShape, classes, tensors, normalization, note, ...file } = await loadWeights(options);
  const testTimeFlip = options.testTimeFlip ?? file.testTimeFlip ?? false;
  const test = await loadFashionMnist('test', data);
  const trainer = new Trainer(network, {
    inputShape,
    workers,
    kernels,
    convolution: conv,
    normalization,
    testTimeFlip,
  });
  try {
    trainer.model.loadStateDict(tensors);
    const names = classNames(classes, trainer.model.outputShape, weights);
    process.stderr.write(note);
    const onTerminal = process.stdout.isTTY && !json;
    const evaluation = await trainer.evaluate(test, { onBatch: onTerminal ? draw : undefined });
    const { loss, accuracy, predictions } = evaluation as Required<Evaluation>; // of class numbers
    if (onTerminal) clearLine();
    checkNumbers([loss], weights);
    const result = { loss, accuracy, ...confusions(test.targets, predictions, names) };
    process.stdout.write(json ? evaluationJson(result) : evaluationText(result));
    if (predictionsPath)
      await writing(predictionsPath, () => writeFile(predictionsPath, `${predictions.join('\n')}\n`));
  } finally {
    await trainer.close();
  }
});

function draw({ images, count, ...progress }: EvaluationProgress): void {
  const secondsLeft = (count - images) / progress.imagesPerSecond;
  drawProgress({ ...progress, title: 'test', done: images, total: count, secondsLeft });
}
