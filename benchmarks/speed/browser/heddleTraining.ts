import { type Dataset, firstSamples, SGD } from 'heddle';
import { version } from '../../../src/formats/version.js';
import { networks } from '../peers/networks.js';
import type { Training } from './round.js';
import { workloads } from './workloads.js';

/** Node's, or the browser's. */
type TrainerClass = typeof import('heddle/node').Trainer | typeof import('heddle/web').Trainer;

export interface HeddleTask {
  readonly network: string;
  readonly workers: number;
}

/** heddle's training, which is the same in Node and in a page: a round is an epoch of the first images. */
export function heddleTraining(Trainer: TrainerClass, images: Dataset, { network, workers }: HeddleTask): Training {
  const { inputShape, batch, create } = networks[network];
  const { learningRate, steps } = workloads[network];
  const optimizer = new SGD({ learningRate });
  const trainer = new Trainer(create(), { inputShape, optimizer, batchSize: batch, workers, kernels: 'simd' });
  const some = firstSamples(images, steps * batch);
  return {
    about: { version },
    async train() {
      let rate = 0;
      for await (const { imagesPerSecond } of trainer.fit(some, { epochs: 1 })) rate = imagesPerSecond;
      return { imagesPerSecond: rate, weightsHash: trainer.weightsHash() };
    },
  };
}
