import { availableParallelism } from 'node:os';
import { SGD } from 'heddle';
import { Trainer } from 'heddle/node';
import { LEARNING_RATE, networks, noise } from './networks.js';
import { median } from './turns.js';

export interface Scaling {
  readonly network: string;
  readonly workers: readonly number[];
  /** Images/s of the rounds, for each number of workers. */
  readonly rates: readonly (readonly number[])[];
  /** The median of the rounds' ratios. */
  readonly ratio: number;
}

const BATCHES = 10;

/** Training with one worker and with all, an epoch each in turn. @throws Error when their weights are not equal to the bit */
export async function measureScaling(name: string, rounds: number): Promise<Scaling> {
  const { inputShape, batch, create } = networks[name];
  const workers = [1, availableParallelism()];
  const trainers = workers.map((count) => {
    const optimizer = new SGD({ learningRate: LEARNING_RATE });
    return new Trainer(create(), { inputShape, batchSize: batch, optimizer, workers: count });
  });
  const images = noise(networks[name], BATCHES);
  const rates = trainers.map((): number[] => []);
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [i, trainer] of trainers.entries())
        for await (const { imagesPerSecond } of trainer.fit(images, { epochs: 1 }))
          if (round > 0) rates[i].push(imagesPerSecond); // the first round warms up
      if (trainers[0].weightsHash() !== trainers[1].weightsHash())
        throw new Error(`${name}: the weights differ between ${workers.join(' and ')} workers`);
    }
  } finally {
    for (const trainer of trainers) await trainer.close();
  }
  return { network: name, workers, rates, ratio: median(rates[1].map((rate, i) => rate / rates[0][i])) };
}
