import type { TransformedImage } from '../data/transformImage.js';
import type { LabelledData } from '../datasets/labelledData.js';
import { HeddleError } from '../errors.js';
import { Model } from '../network/model.js';
import { PictureClassifier } from '../prediction/pictureClassifier.js';
import { PictureReader } from '../prediction/pictureReader.js';
import { formatShape, sizeOf } from '../tensor/shape.js';
import { command, run } from './command.js';
import {
  networkSettings,
  normalizationSettings,
  outputSettings,
  threadSettings,
  weightsSettings,
} from './options/commonSettings.js';
import { integer, number } from './options/parsers.js';
import type { SettingTable, ValuesOf } from './options/setting.js';
import { openTestData } from './options/testData.js';
import { checkNumbers, classNames, loadWeights } from './options/weights.js';
import { ahead, pictureInputs } from './pictureInputs.js';
import { MOST_DRAWN, PredictionPrinter } from './terminal/predictionPrinter.js';
import type { PictureInput, Prediction } from './terminal/predictionText.js';

/** Adds the numbers of a list. */
const numbers = (text: string, before: number[] = []) => [...before, ...text.split(',').map(integer(0))];

const settings = {
  ...outputSettings,
  ...networkSettings,
  ...threadSettings,
  ...weightsSettings,
  top: { flag: '--top <n>', help: 'how many of the most likely classes to print', parse: integer(1), default: 3 },
  unsure: {
    flag: '--unsure <p>',
    help: 'say "unsure" where the best probability is below this',
    parse: number(0, 1),
    default: 0.6,
  },
  index: {
    flag: '--index <n>',
    help: 'a test image of --data, from 0 on, or several: 3,14,15; may be repeated',
    parse: numbers,
  },
  ...normalizationSettings(),
} as const satisfies SettingTable;

type Options = ValuesOf<typeof settings>;

const program = command('predict', 'The classes that a trained model sees in pictures.', settings)
  .argument('[pictures...]', 'PNG or JPEG files, folders of them, or patterns such as "*.jpg"')
  .addHelpText(
    'after',
    `
Pictures of any size and colour become what the model was trained on, as its
file says: resized so that the shorter side fits and cropped to the middle, in
grey or in colour; or, for a model of MNIST's kind, fitted whole into its size
in grey, and inverted where the background is light, which the output says.
What is transparent in them is white.

Up to ${MOST_DRAWN} pictures are drawn, and more have a line each. Where pictures of a given
folder lie in one that has the name of a class, a table of right and wrong
follows. A picture that cannot be read costs an error line, and after the others
the exit code is 1.`,
  );

run(program, async () => {
  const options = program.opts<Options>();
  const { weights, index = [], kernels, conv, workers, json } = options;
  if (program.args.length + index.length === 0)
    throw new HeddleError('ARGUMENT', 'expected pictures to predict: name files or folders, or test images by --index');
  const {
    transform,
    normalization,
    layerModules,
    testTimeFlip = false,
    testTimeShift = 0,
    ...file
  } = await loadWeights(options);
  const { inputShape, tensors } = file;
  // It gives its weights to the classifier, which computes.
  const model = new Model(file.network, { inputShape, batchSize: 1, kernels: 'reference', convolution: conv });
  if (!transform || model.outputShape.length !== 1) throw noClassifier(weights, model);
  model.loadStateDict(tensors);
  const classes = classNames(file.classes, model.outputShape, weights);
  const tests = index.length === 0 ? [] : testImages(index, await openTestData(options, { ...file, transform }));
  process.stderr.write(file.note);
  const reader = new PictureReader(transform, workers);
  const testTime = { testTimeFlip, testTimeShift };
  const classifier = new PictureClassifier(model, { workers, kernels, layerModules, normalization, ...testTime });
  const printer = new PredictionPrinter(json);
  try {
    for await (const inputs of ahead(pictureInputs(program.args, tests, reader, classes))) {
      const answers = await classifier.classify(inputs.flatMap((one) => ('input' in one ? one.input : [])));
      let place = 0;
      printer.print(
        inputs.map((one) => ('input' in one ? predictionOf(one, answers[place++], classes, options) : one)),
      );
      if (printer.isUnread) break;
    }
    printer.end();
  } finally {
    await Promise.all([reader.close(), classifier.close()]);
  }
});

const noClassifier = (weights: string, { inputShape, outputShape }: Model) =>
  new HeddleError(
    'ARGUMENT',
    `${weights}: expected a network that tells classes from pictures of 1 or 3 channels; this one makes ${formatShape(outputShape)} of ${formatShape(inputShape)}`,
  );

function predictionOf(
  input: PictureInput,
  probabilities: Float32Array,
  classes: readonly string[],
  { weights, top, unsure }: Options,
): Prediction {
  checkNumbers(probabilities, weights);
  const all = classes.map((name, label) => ({ class: name, probability: probabilities[label] }));
  const likeliest = all.sort((a, b) => b.probability - a.probability).slice(0, top);
  return { ...input, top: likeliest, unsure: likeliest[0].probability < unsure };
}

/** Test images as the network takes them. @throws HeddleError ARGUMENT naming one that is not there */
function testImages(indices: readonly number[], { test, classes }: LabelledData): PictureInput[] {
  const { inputs, targets, count, shape } = test;
  const size = sizeOf(shape);
  return indices.map((index) => {
    if (index >= count)
      throw new HeddleError('ARGUMENT', `--index must be from 0 to ${count - 1}, the last test image, not ${index}`);
    const pixels = Uint8Array.from(inputs.subarray(index * size, (index + 1) * size));
    const input = { pixels, shape: shape as TransformedImage['shape'] };
    return { source: { index }, trueClass: classes[targets[index]], input };
  });
}
