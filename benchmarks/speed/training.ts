import { availableParallelism } from 'node:os';
import { firstSamples } from '../../src/data/subsets.js';
import { loadFashionMnist } from '../../src/fashionMnist/dataset.js';
import { fashionNet, fashionNetInput } from '../../src/fashionMnist/network.js';
import { SGD } from '../../src/optimizers/sgd.js';
import { Trainer } from '../../src/training/trainer.js';

// Training images/s of the network at batch 100 with one worker and with all, alternately; medians and their ratio. The
// weights of all must be equal to the bit after each round, or nothing is printed.

const ROUNDS = 7;
const dataset = firstSamples(await loadFashionMnist('train'), 1000);
const trainers = [1, availableParallelism()].map((workers) => {
  const optimizer = new SGD({ learningRate: 0.01 });
  return new Trainer(fashionNet(), { inputShape: fashionNetInput, optimizer, workers });
});
const speeds = trainers.map((): number[] => []);
try {
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, trainer] of trainers.entries())
      for await (const { imagesPerSecond } of trainer.fit(dataset, { epochs: 1 }))
        if (round > 0) speeds[i].push(imagesPerSecond); // the first round warms up
    if (trainers[0].weightsHash() !== trainers[1].weightsHash()) throw new Error('the weights differ between workers');
  }
} finally {
  for (const trainer of trainers) await trainer.close();
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
console.log(
  `Node ${process.version}, ${trainers[0].model.kernels.name} kernels, batch 100, ${ROUNDS} rounds of 1,000 images`,
);
for (const [i, trainer] of trainers.entries()) {
  const range = `${Math.min(...speeds[i]).toFixed(0)}–${Math.max(...speeds[i]).toFixed(0)}`;
  console.log(`workers ${trainer.config.workers}: ${median(speeds[i]).toFixed(0)} images/s (${range})`);
}
console.log(`ratio: ${median(speeds[1].map((speed, i) => speed / speeds[0][i])).toFixed(2)}`);
