import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { LabelledData } from '../datasets/labelledData.js';
import { printable } from '../errors.js';
import { writing } from '../formats/durableFile.js';
import type { JoinedMachines } from '../machines/joinMachines.js';
import { evaluationPage } from '../pages/evaluationPage.js';
import { confusions } from '../pages/evaluationStatistics.js';
import type { Evaluation, EvaluationProgress } from '../training/metrics.js';
import { Trainer } from '../training/nodeTrainer.js';
import { command, runTogether } from './command.js';
import { checkSameCommand } from './job.js';
import {
  networkSettings,
  normalizationSettings,
  outputSettings,
  threadSettings,
  weightsSettings,
} from './options/commonSettings.js';
import { checkNoPicture, checkOutput, dataFiles } from './options/ownInput.js';
import { integer, pathName } from './options/parsers.js';
import { inFlags, type SettingTable, type ValuesOf } from './options/setting.js';
import { openTestData } from './options/testData.js';
import { checkNumbers, classNames, loadWeights, type Weights } from './options/weights.js';
import { evaluationJson, evaluationText } from './terminal/evaluationText.js';
import { clearLine, drawProgress, isTerminal } from './terminal/progressBar.js';

const settings = {
  ...outputSettings,
  ...networkSettings,
  ...threadSettings,
  ...weightsSettings,
  report: {
    flag: '--report <file>',
    help: 'write a page to look at: confusions with their pictures, mistakes, calibration (HTML)',
    parse: pathName,
  },
  predictions: {
    flag: '--predictions <file>',
    help: "write the number of each test image's predicted class, one a line",
    parse: pathName,
  },
  testTimeFlip: {
    flag: '--test-time-flip',
    help: 'take the mean of each image and its mirror image (default: as the model was trained)',
    off: 'take each image alone',
  },
  testTimeShift: {
    flag: '--test-time-shift <pixels>',
    help: 'and of each image shifted by so many, up left and down right; 0 for none (default: as the model was trained)',
    parse: integer(0),
  },
  ...normalizationSettings(),
} as const satisfies SettingTable;

type Options = ValuesOf<typeof settings>;

const program = command('evaluate', 'Loss, accuracy and confusions of a trained model on the test images.', settings);

runTogether(program, async (machines) => {
  await checkSameCommand(machines, program, settings);
  const isFirst = !machines || machines.rank === 0;
  const options = program.opts<Options>();
  if (isFirst) await checkOutputs(options);
  const file = await loadWeights(options);
  const trainer = inFlags(settings, () => evaluator(options, file, machines));
  try {
    const classes = classNames(file.classes, trainer.model.outputShape, options.weights);
    const data = await openTestData(options, file);
    if (isFirst) process.stderr.write(file.note);
    const onTerminal = isTerminal() && !options.json;
    const watch = { probabilities: options.report !== undefined, onBatch: onTerminal ? draw : undefined };
    const evaluation = (await trainer.evaluate(data.test, watch)) as Required<Evaluation>; // of class numbers
    if (onTerminal) clearLine();
    checkNumbers([evaluation.loss], options.weights);
    if (isFirst) await tell(options, { ...data, classes }, evaluation);
  } finally {
    await trainer.close();
  }
});

/** Prints what was found, and writes the files that are wanted. */
async function tell(options: Options, data: LabelledData, evaluation: Required<Evaluation>): Promise<void> {
  const { loss, accuracy, predictions } = evaluation;
  const { test, classes, files } = data;
  const labels = test.targets as Uint8Array | Int32Array;
  const result = { loss, accuracy, ...confusions(labels, predictions, classes) };
  process.stdout.write(options.json ? evaluationJson(result) : evaluationText(result));
  await write(options.predictions, () => `${predictions.join('\n')}\n`);
  await write(options.report, () =>
    evaluationPage({
      title: options.weights,
      data: basename(resolve(options.data)),
      created: new Date().toLocaleString('en-GB'),
      loss,
      classes: classes.map(printable),
      inputs: test.inputs as Uint8Array, // as openData makes them
      shape: test.shape,
      labels,
      predictions,
      probabilities: evaluation.probabilities.data,
      files: files?.test.map(printable),
    }),
  );
}

/** Refuses to write over what is read, and one output over the other. */
async function checkOutputs({ weights, data, report, predictions }: Options): Promise<void> {
  const inputs = [['--weights', [weights]] as const, await dataFiles(data)];
  if (report) await checkOutput(['--report', [report]], inputs);
  if (predictions)
    await checkOutput(['--predictions', [predictions]], [...inputs, ['--report', report ? [report] : []]]);
  if (report) await checkNoPicture('--report', report, data);
  if (predictions) await checkNoPicture('--predictions', predictions, data);
}

/** A Trainer that only evaluates, by the file's weights. */
function evaluator(options: Options, file: Weights, machines: JoinedMachines | undefined): Trainer {
  const { network, inputShape, layerModules, normalization, tensors } = file;
  const { workers, kernels, conv: convolution } = options;
  const testTimeFlip = options.testTimeFlip ?? file.testTimeFlip ?? false;
  const testTimeShift = options.testTimeShift ?? file.testTimeShift ?? 0;
  const trainer = new Trainer(network, {
    inputShape,
    workers,
    kernels,
    convolution,
    normalization,
    testTimeFlip,
    testTimeShift,
    layerModules,
    machines,
  });
  trainer.model.loadStateDict(tensors);
  return trainer;
}

async function write(path: string | undefined, text: () => string): Promise<void> {
  if (path) await writing(path, () => writeFile(path, text()));
}

function draw({ images, count, ...progress }: EvaluationProgress): void {
  const secondsLeft = (count - images) / progress.imagesPerSecond;
  drawProgress({ ...progress, title: 'test', done: images, total: count, secondsLeft });
}
