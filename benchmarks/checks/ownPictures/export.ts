import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ndarray from 'ndarray';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { channelScales, type Normalization } from '../../../src/data/normalization.js';
import { imageFolder } from '../../../src/datasets/imageFolder.js';
import { loadModel } from '../../../src/network/modelFile.js';
import { classify } from '../../../src/network/predict.js';
import { heddle, type Verdict } from './installation.js';

const TOLERANCE = 1e-4;

/** Trains a ResNet-18, and asks onnxruntime-web what `predict` said of the held-out pictures. */
export async function checkExport(folder: string): Promise<Verdict> {
  const weights = 'resnet/model.safetensors';
  const training = ['--network', 'resnet18', '--epochs', '3', '--out', 'resnet'];
  await heddle(folder, 'end', 'train', '--data', 'pictures', ...training);
  await heddle(folder, 'export', 'export', '--weights', weights, '--out', 'model.onnx');
  const { classes = [], transform, normalization } = await loadModel(join(folder, weights));
  const { test, files } = await imageFolder(join(folder, 'pictures'), { transform });
  const pictures = files?.test.map((file) => join('pictures', file)) ?? [];
  const options = ['--weights', weights, '--top', String(classes.length)];
  const predictions = await heddle(folder, 'prediction', 'predict', ...options, ...pictures);

  const scales = channelScales(normalization as Normalization, test.shape[0]);
  const plane = test.shape[1] * test.shape[2];
  const scaled = Float32Array.from(test.inputs, (byte, i) => scales[Math.floor(i / plane) % scales.length].bytes[byte]);
  const model = await readFile(join(folder, 'model.onnx'));
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'] });
  const { output } = await session.run({ input: new Tensor('float32', scaled, [test.count, ...test.shape]) });
  await session.release();
  const found = classify(ndarray(output.data as Float32Array, [...output.dims]));

  const same = predictions.filter((prediction, i) => prediction.class === classes[found.classes[i]]).length;
  const differences = predictions.flatMap(({ top }, i) =>
    top.map((one) => Math.abs(one.probability - found.probabilities.get(i, classes.indexOf(one.class)))),
  );
  const largest = Math.max(...differences);
  const text = `onnxruntime-web: the class of predict for ${same} of ${test.count} held-out pictures; probabilities differ by ${largest.toExponential(1)} at most (by 1e-4)`;
  return { text, good: same === test.count && largest <= TOLERANCE };
}
