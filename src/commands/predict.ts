import { checkDataset } from '../data/dataset.js';
import { readImage } from '../data/decode/decodeImage.js';
import { channelScales } from '../data/normalization.js';
import { type InputImage, toInput } from '../data/toInput.js';
import { fashionMnistClasses } from '../datasets/fashionMnistClasses.js';
import { HeddleError } from '../errors.js';
import { loadFashionMnist } from '../fashionMnist/dataset.js';
import { fashionNetInput } from '../fashionMnist/network.js';
import { Model } from '../network/model.js';
import { resolveKernels } from '../parallel/resolveKernels.js';
import { command, fail, run } from './command.js';
import { networkSettings, normalizationSettings, outputSettings, weightsSettings } from './options/commonSettings.js';
import { integer } from './options/parsers.js';
import type { SettingTable, ValuesOf } from './options/setting.js';
import { checkNumbers, classNames, loadWeights } from './options/weights.js';
import { type Prediction, predictionJson, predictionText } from './terminal/predictionText.js';

/** Adds the numbers of a list. */
const numbers = (text: string, before: number[] = []) => [...before, ...text.split(',').map(integer(0))];

const settings = {
  ...outputSettings,
  ...networkSettings,
  ...weightsSettings,
  index: {
    flag: '--index <n>',
    help: 'a test image of --data, from 0 on, or several: 3,14,15; may be repeated',
    parse: numbers,
  },
  ...normalizationSettings(),
} as const satisfies SettingTable;

const program = command('predict', 'The classes that a trained model sees in images.', settings)
  .argument('[images...]', 'PNG or JPEG files of any size and colour')
  .addHelpText(
    'after',
    `
Images are made grey and 28×28, what is transparent in them white. One with a light background is inverted, as the
data is light on black; the output says so. An image that cannot be read costs an error line, and the exit code is 1
after the others.`,
  );

run(program, async () => {
  const given = program.opts<ValuesOf<typeof settings>>();
  const { weights, index: indices = [], data, kernels, conv, json } = given;
  const paths = program.args;
  if (paths.length + indices.length === 0)
    throw new HeddleError('ARGUMENT', 'expected images to predict: name PNG or JPEG files, or test images by --index');
  const file = await loadWeights(given);
  const { network, inputShape } = file;
  const [{ bytes: scaled }] = channelScales(file.normalization, 1);
  const tests = await testImages(data, indices);
  const model = new Model(network, { inputShape, batchSize: 1, kernels: resolveKernels(kernels), convolution: conv });
  model.loadStateDict(file.tensors);
  const names = classNames(file.classes, model.outputShape, weights);
  process.stderr.write(file.note);
  const colourDepth = process.stdout.isTTY ? process.stdout.getColorDepth() : 1;
  const predict = (source: Prediction['source'], input: InputImage) => {
    const { data } = model.predict(Float32Array.from(input.pixels, (value) => scaled[value])).probabilities;
    checkNumbers(data, weights);
    const classes = names.map((name, label) => ({ name, probability: data[label] }));
    const prediction = { source, input, classes };
    process.stdout.write(json ? predictionJson(prediction) : predictionText(prediction, colourDepth));
  };
  for (const image of paths)
    try {
      predict({ image }, toInput(await readImage(image)));
    } catch (error) {
      fail(error);
    }
  for (const { source, input } of tests) predict(source, input);
});

/** Test images as the network takes them, which they are. @throws HeddleError ARGUMENT naming one that is not there */
async function testImages(folder: string, indices: readonly number[]): Promise<Omit<Prediction, 'classes'>[]> {
  if (indices.length === 0) return [];
  const dataset = await loadFashionMnist('test', folder);
  checkDataset(dataset, fashionNetInput, { of: 'classes', shape: [], classes: fashionMnistClasses.length });
  const { inputs, targets, count } = dataset;
  const [, height, width] = fashionNetInput;
  return indices.map((index) => {
    if (index >= count)
      throw new HeddleError('ARGUMENT', `--index must be from 0 to ${count - 1}, the last test image, not ${index}`);
    const pixels = inputs.subarray(index * height * width, (index + 1) * height * width);
    const source = { index, trueLabel: fashionMnistClasses[targets[index]] };
    return { source, input: { height, width, channels: 1, pixels, inverted: false } };
  });
}
