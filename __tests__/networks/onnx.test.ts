import { expect, it } from '@jest/globals';
import { exportOnnx, type Module, Sequential } from '../../src/index.js';
import { resnet34, type VGG, vgg11Bn, vgg16Bn } from '../../src/networks.js';
import { relativeError } from '../support/golden.js';
import { filledModel, goldenNetworkOf, imagesOf, type NetworkName } from '../support/networks.js';
import { runOnnx } from '../support/onnx.js';
import { forward } from '../support/passes.js';

/** Without its three Linear layers, whose weights take half a gigabyte. */
const upToTheClassifier = ({ features, avgpool }: VGG) => new Sequential({ features, avgpool });

// The networks that torchvision.test.ts compares with torchvision's logits are held against them in onnxruntime-web there.
it.each<[string, NetworkName, () => Module]>([
  ['resnet34', 'resnet34', resnet34],
  ['vgg11Bn up to its classifier', 'vgg11Bn', () => upToTheClassifier(vgg11Bn())],
  ['vgg16Bn up to its classifier', 'vgg16Bn', () => upToTheClassifier(vgg16Bn())],
])('%s gives in onnxruntime-web what it gives here, within 1e-4 of the largest', async (_, name, create) => {
  const { input } = goldenNetworkOf(name);
  const model = filledModel(name, create(), 2).eval();
  const images = imagesOf(input, 2, 0);
  const outputs = forward(model, images);
  expect(new Set(outputs).size).toBeGreaterThan(1000);
  expect(relativeError(await runOnnx(exportOnnx(model), images, [2, ...input]), outputs)).toBeLessThan(1e-4);
});
