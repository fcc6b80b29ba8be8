// Transfer learning: a network that examples/pretrain.py trained in PyTorch on seven of Fashion-MNIST's classes learns the other
// three, all footwear. Its features stay as they are, weights and running statistics; a new last layer is trained.
import {
  BatchNorm2d,
  Conv2d,
  type Dataset,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  rowMajor,
  Sequential,
  SGD,
  subset,
  tensorDataset,
} from 'heddle';
import { loadMnistFolder, loadSafetensors, Trainer } from 'heddle/node';

const footwear = [5, 7, 9]; // sandals, sneakers, ankle boots

/** The first images of footwear, whose classes become 0, 1 and 2. */
function footwearOf(dataset: Dataset, count: number): Dataset {
  const places = [...dataset.targets.keys()].filter((place) => footwear.includes(dataset.targets[place]));
  const { inputs, targets, shape } = subset(dataset, places.slice(0, count));
  return tensorDataset(
    { data: inputs, shape: [count, ...shape] },
    targets.map((target) => footwear.indexOf(target)),
  );
}

const train = footwearOf(await loadMnistFolder('data/fashion-mnist', 'train'), 2000);
const test = footwearOf(await loadMnistFolder('data/fashion-mnist', 'test'), 1000);

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
  classifier: new Sequential([new Flatten(), new Linear(32 * 7 * 7, footwear.length)]),
});
const trainer = new Trainer(network, {
  inputShape: [1, 28, 28],
  optimizer: new SGD({ learningRate: 0.02, momentum: 0.9, weightDecay: 1e-4 }),
  normalization: { mean: 0.286, std: 0.353 },
  frozen: ['features'],
});

const { tensors } = await loadSafetensors('examples/pretrained.safetensors');
const features = [...tensors].filter(([name]) => name.startsWith('features.'));
trainer.model.loadStateDict(new Map(features), { strict: false });

try {
  for await (const { epoch, testAccuracy = 0 } of trainer.fit(train, { epochs: 3, test }))
    console.log(`epoch ${epoch}: ${(100 * testAccuracy).toFixed(1)}% of ${test.count} images of footwear right`);
  const state = trainer.stateDict();
  const same = features.filter(([name, tensor]) => {
    const now = state.get(name);
    return now && Buffer.from(rowMajor(now).buffer).equals(Buffer.from(rowMajor(tensor).buffer));
  });
  console.log(`${same.length} of the features' ${features.length} tensors are PyTorch's to the bit`);
} finally {
  await trainer.close();
}
