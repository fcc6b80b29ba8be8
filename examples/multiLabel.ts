// Several labels an image: one to three garments lie side by side, and a network says which kinds are there. A target has a 1
// for every kind in the image and a 0 for the others.
import {
  Adam,
  BatchNorm2d,
  BCEWithLogitsLoss,
  Conv2d,
  type Dataset,
  Flatten,
  fashionMnistClasses,
  MaxPool2d,
  ReLU,
  Sequential,
  tensorDataset,
} from 'heddle';
import { loadMnistFolder, Trainer } from 'heddle/node';

const [SIDE, PLACES] = [28, 3];
const WIDTH = SIDE * PLACES;
const KINDS = fashionMnistClasses.length;

/** So many images of the next one, two or three garments of a data set. */
function collections({ inputs, targets }: Dataset, count: number): Dataset {
  const images = new Uint8Array(count * SIDE * WIDTH);
  const labels = new Float32Array(count * KINDS);
  for (let n = 0, garment = 0; n < count; n++)
    for (let place = 0; place <= n % PLACES; place++, garment++) {
      labels[n * KINDS + targets[garment]] = 1;
      for (let y = 0; y < SIDE; y++) {
        const row = inputs.subarray((garment * SIDE + y) * SIDE, (garment * SIDE + y + 1) * SIDE);
        images.set(row, (n * SIDE + y) * WIDTH + place * SIDE);
      }
    }
  return tensorDataset({ data: images, shape: [count, 1, SIDE, WIDTH] }, { data: labels, shape: [count, KINDS] });
}

const train = collections(await loadMnistFolder('data/fashion-mnist', 'train'), 4000);
const test = collections(await loadMnistFolder('data/fashion-mnist', 'test'), 1000);

const loss = new BCEWithLogitsLoss();
const trainer = new Trainer(
  new Sequential([
    new Conv2d(1, 16, 3, { padding: 1 }),
    new BatchNorm2d(16),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(16, 16, 3, { padding: 1 }),
    new BatchNorm2d(16),
    new ReLU(),
    new MaxPool2d(2),
    // A kind is in the image as much as it is at the place where it is seen best.
    new Conv2d(16, KINDS, 7, { stride: 7 }),
    new MaxPool2d([1, PLACES]),
    new Flatten(),
  ]),
  {
    inputShape: [1, SIDE, WIDTH],
    optimizer: new Adam({ learningRate: 0.005 }),
    schedule: { type: 'cosine', totalSteps: 320 },
    loss,
    batchSize: 50,
  },
);
try {
  for await (const { epoch, testLabelAccuracy = 0 } of trainer.fit(train, { epochs: 4, test }))
    console.log(`epoch ${epoch}: ${(100 * testLabelAccuracy).toFixed(1)}% of the labels right`);
  const images = { data: test.inputs.subarray(0, 3 * SIDE * WIDTH), shape: [3, ...test.shape] };
  const { labels } = trainer.model.predict(images, { loss });
  for (let n = 0; n < 3; n++) {
    const kinds = (has: (kind: number) => boolean) => fashionMnistClasses.filter((_, kind) => has(kind)).join(', ');
    const there = kinds((kind) => test.targets[n * KINDS + kind] === 1);
    console.log(`image ${n} shows ${there}; found ${kinds((kind) => labels.get(n, kind) === 1)}`);
  }
} finally {
  await trainer.close();
}
