// Goes on from PyTorch's weights: examples/pretrained.safetensors is of a network that examples/pretrain.py trained on
// seven of the ten classes. Its features start from there and a new last layer from nothing; a plain loop on one thread
// trains both for all ten.
import {
  BatchNorm2d,
  batches,
  Conv2d,
  CrossEntropyLoss,
  Flatten,
  firstSamples,
  Linear,
  MaxPool2d,
  Model,
  ReLU,
  Sequential,
  SGD,
} from 'heddle';
import { loadMnistFolder, loadSafetensors } from 'heddle/node';

const normalization = { mean: 0.286, std: 0.353 };
const train = firstSamples(await loadMnistFolder('data/fashion-mnist', 'train'), 3000);
const test = firstSamples(await loadMnistFolder('data/fashion-mnist', 'test'), 2000);

const network = new Sequential({
  features: new Sequential([
    new Conv2d(1, 16, 3, { padding: 1 }),
    new ReLU(),
    new BatchNorm2d(16),
    new MaxPool2d(2),
    new Conv2d(16, 32, 3, { padding: 1 }),
    new ReLU(),
    new BatchNorm2d(32),
    new MaxPool2d(2),
  ]),
  classifier: new Sequential([new Flatten(), new Linear(32 * 7 * 7, 10)]),
});
const model = new Model(network, { inputShape: [1, 28, 28], batchSize: 100 });

const { tensors } = await loadSafetensors('examples/pretrained.safetensors');
const features = new Map([...tensors].filter(([name]) => name.startsWith('features.')));
const { missingKeys } = model.loadStateDict(features, { strict: false });
console.log(`new: ${missingKeys.join(', ')}`);

const criterion = new CrossEntropyLoss();
const optimizer = new SGD({ learningRate: 0.02, momentum: 0.9 });
for (let epoch = 0; epoch < 3; epoch++) {
  for (const { inputs, targets } of batches(train, { batchSize: 100, normalization, shuffle: { seed: 0, epoch } })) {
    const { gradient } = criterion.forward(model.forward(inputs), targets);
    model.backward(gradient);
    optimizer.step(model);
  }
  let right = 0;
  for (const { inputs, targets } of batches(test, { batchSize: 100, normalization }))
    for (const [i, predicted] of model.predict(inputs).classes.entries()) if (predicted === targets.data[i]) right++;
  console.log(`epoch ${epoch + 1}: test accuracy ${((100 * right) / test.count).toFixed(1)}%`);
}
