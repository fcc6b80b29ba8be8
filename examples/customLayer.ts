// Checks the gradients of a layer of one's own, then trains a network with it on all cores: worker threads import its
// module first.
import { Conv2d, Flatten, firstSamples, gradcheck, Linear, MaxPool2d, Sequential, SGD } from 'heddle';
import { loadMnistFolder, Trainer } from 'heddle/node';
import { Softshrink } from './softshrink.js';

gradcheck(new Softshrink(0.1), [3, 4, 5]);
console.log('gradcheck: the gradients of Softshrink are those of its output');

const network = new Sequential([
  new Conv2d(1, 8, 3, { padding: 1 }),
  new Softshrink(0.1),
  new MaxPool2d(4),
  new Flatten(),
  new Linear(8 * 7 * 7, 10),
]);
const trainer = new Trainer(network, {
  inputShape: [1, 28, 28],
  optimizer: new SGD({ learningRate: 0.1 }),
  layerModules: [import.meta.resolve('./softshrink.js')],
});
const train = firstSamples(await loadMnistFolder('data/fashion-mnist', 'train'), 6000);
try {
  for await (const { epoch, trainLoss, trainAccuracy = 0 } of trainer.fit(train, { epochs: 2 }))
    console.log(`epoch ${epoch}: loss ${trainLoss.toFixed(3)}, accuracy ${(100 * trainAccuracy).toFixed(1)}%`);
} finally {
  await trainer.close();
}
