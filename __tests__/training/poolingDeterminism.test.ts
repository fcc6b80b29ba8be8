import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout2d,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
  SGD,
  Upsample,
} from '../../dist/index.js';
import { Trainer, type TrainerOptions } from '../../dist/node.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, type Course, course } from '../support/smallNetwork.js';

const network = () =>
  new Sequential([
    new Conv2d(2, 8, 3, { padding: 1 }),
    new BatchNorm2d(8),
    new ReLU(),
    new MaxPool2d(3, { stride: 2, padding: 1, ceilMode: true }),
    new Conv2d(8, 17, 3, { padding: 1 }),
    new Dropout2d(0.2),
    new Upsample({ scaleFactor: 1.5, mode: 'bilinear' }),
    new MaxPool2d(2, { stride: 1, dilation: 2 }),
    new AvgPool2d(2, { stride: 1, padding: 1 }),
    new Upsample({ size: [7, 3] }),
    new AdaptiveAvgPool2d([2, null]),
    new Flatten(),
    new Linear(17 * 6, 3),
  ]);

const images = { classes: 3, channels: 2, size: 9 };
const train = syntheticDataset(22, images);
const test = syntheticDataset(11, { ...images, sample: 1 });

describe('a network of all layers that pool and resample, two epochs of three steps', () => {
  const run = (more: Partial<TrainerOptions>) => {
    const optimizer = new SGD({ learningRate: 0.05 });
    const trainer = new Trainer(network(), { inputShape: [2, 9, 9], batchSize: 8, shards: 4, optimizer, ...more });
    return course(trainer, train, { epochs: 2, test });
  };

  let alone: Course;
  beforeAll(async () => {
    alone = await run({ workers: 1, kernels: 'simd' });
  });

  it('has six losses that differ', () => expect(new Set(alone.steps.map(({ loss }) => loss)).size).toBe(6));

  it.each([
    { workers: 3, kernels: 'simd' },
    { workers: 2, kernels: 'reference' },
    { workers: 2, kernels: 'auto' },
  ] as const)('%j gives the bits of one worker with simd in every loss and the weightsHash', async (more) => {
    expect(bits(await run(more))).toEqual(bits(alone));
  });
});
