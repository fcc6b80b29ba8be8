// Regression: a network sees a garment that was moved, and says by how many pixels to the right and down. The data is made of
// Fashion-MNIST's images: floats as inputs, two floats as targets.
import {
  Adam,
  BatchNorm2d,
  Conv2d,
  type Dataset,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
  SmoothL1Loss,
  tensorDataset,
} from 'heddle';
import { loadMnistFolder, Trainer } from 'heddle/node';

const SIDE = 28;
const MOST = 6;

/** The first images, each moved by −6 to 6 pixels both ways, as floats from 0 to 1; what leaves the image is lost. */
function moved({ inputs }: Dataset, count: number): Dataset {
  const images = new Float32Array(count * SIDE * SIDE);
  const moves = new Float32Array(count * 2);
  for (let n = 0; n < count; n++) {
    // The steps 5 and 8 have no divisor in common with 13, so that every move comes up.
    const [right, down] = [((5 * n) % 13) - MOST, ((8 * Math.floor(n / 13)) % 13) - MOST];
    moves.set([right, down], 2 * n);
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) {
        const [fromY, fromX] = [y - down, x - right];
        if (fromY >= 0 && fromY < SIDE && fromX >= 0 && fromX < SIDE)
          images[(n * SIDE + y) * SIDE + x] = inputs[(n * SIDE + fromY) * SIDE + fromX] / 255;
      }
  }
  return tensorDataset({ data: images, shape: [count, 1, SIDE, SIDE] }, { data: moves, shape: [count, 2] });
}

const train = moved(await loadMnistFolder('data/fashion-mnist', 'train'), 6000);
const test = moved(await loadMnistFolder('data/fashion-mnist', 'test'), 1000);

const loss = new SmoothL1Loss();
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
    new Flatten(),
    new Linear(16 * 7 * 7, 2),
  ]),
  {
    inputShape: [1, SIDE, SIDE],
    optimizer: new Adam({ learningRate: 0.005 }),
    schedule: { type: 'cosine', totalSteps: 480 },
    loss,
    batchSize: 50,
  },
);
try {
  for await (const { epoch, testMeanAbsoluteError = 0 } of trainer.fit(train, { epochs: 4, test }))
    console.log(`epoch ${epoch}: off by ${testMeanAbsoluteError.toFixed(2)} pixels in the mean`);
  const shape = [3, ...test.shape];
  const answers = trainer.model.predict({ data: test.inputs.subarray(0, 3 * SIDE * SIDE), shape }, { loss });
  for (let n = 0; n < 3; n++)
    console.log(
      `image ${n} was moved by (${test.targets[2 * n]}, ${test.targets[2 * n + 1]}); ` +
        `found (${answers.get(n, 0).toFixed(1)}, ${answers.get(n, 1).toFixed(1)})`,
    );
} finally {
  await trainer.close();
}
