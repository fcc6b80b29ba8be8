import { expect, it } from '@jest/globals';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  Flatten,
  GroupNorm,
  LayerNorm,
  Linear,
  ReLU,
  Sequential,
  SGD,
} from '../../dist/index.js';
import { decodeCheckpoint, Trainer, type TrainerOptions } from '../../dist/node.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, checkpointedCourse, course, smallImages } from '../support/smallNetwork.js';

const network = () =>
  new Sequential([
    new Conv2d(2, 6, 3, { stride: 2 }),
    new GroupNorm(3, 6),
    new ReLU(),
    new BatchNorm2d(6, { affine: false, momentum: null }),
    new Conv2d(6, 4, 1),
    new LayerNorm([4, 4, 4]),
    new BatchNorm2d(4, { trackRunningStats: false }),
    new LayerNorm(4),
    new Flatten(),
    new Linear(64, 12),
    new BatchNorm1d(12),
    new GroupNorm(2, 12, { affine: false }),
    new ReLU(),
    new Linear(12, 3),
  ]);

const optimizer = new SGD({ learningRate: 0.05, momentum: 0.9 });
const trainer = (options: Partial<TrainerOptions>) =>
  new Trainer(network(), { inputShape: [2, 9, 9], batchSize: 10, shards: 4, kernels: 'simd', optimizer, ...options });

it('a network of all that normalize learns, with the same bits on 1 to 4 workers, of the reference kernels, and behind a resume at every step', async () => {
  const train = syntheticDataset(26, smallImages);
  const test = syntheticDataset(11, { ...smallImages, sample: 1 });
  const { course: alone, checkpoints } = await checkpointedCourse(trainer({ workers: 1 }), train, { epochs: 2, test });
  const losses = alone.steps.map(({ loss }) => loss);
  expect(losses[losses.length - 1]).toBeLessThan(losses[0]);
  for (const options of [{ workers: 2 }, { workers: 4 }, { workers: 2, kernels: 'reference' }] as const)
    expect(bits(await course(trainer(options), train, { epochs: 2, test }))).toEqual(bits(alone));
  for (const [i, checkpoint] of checkpoints.entries()) {
    const resumed = trainer({ workers: 1 + (i % 3) });
    resumed.restore(decodeCheckpoint(checkpoint));
    const { weightsHash } = await course(resumed, train, { epochs: 2 - resumed.epochsDone, test });
    expect([i, weightsHash]).toEqual([i, alone.weightsHash]);
  }
});
