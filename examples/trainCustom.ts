// Trains a small network of its own on 6,000 images of Fashion-MNIST, on all cores; ends early once it is good enough.
import {
  BatchNorm2d,
  Conv2d,
  Flatten,
  firstSamples,
  Linear,
  MaxPool2d,
  pixelStatistics,
  ReLU,
  Sequential,
  SGD,
} from 'heddle';
import { loadMnistFolder, Trainer } from 'heddle/node';

const train = firstSamples(await loadMnistFolder('data/fashion-mnist', 'train'), 6000);
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
const trainer = new Trainer(network, {
  inputShape: [1, 28, 28],
  optimizer: new SGD({ learningRate: 0.05, momentum: 0.9 }),
  normalization: pixelStatistics(train),
});
console.log(trainer.model.summary());

try {
  const stopWhen = ({ testAccuracy = 0 }) => testAccuracy >= 0.85;
  for await (const { epoch, trainLoss, testAccuracy = 0 } of trainer.fit(train, { epochs: 10, test, stopWhen }))
    console.log(`epoch ${epoch}: loss ${trainLoss.toFixed(3)}, test accuracy ${(100 * testAccuracy).toFixed(1)}%`);
} finally {
  await trainer.close();
}
