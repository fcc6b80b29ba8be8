import { beforeAll, describe, expect, it } from '@jest/globals';
import { SGD } from '../../dist/index.js';
import type { TrainerOptions } from '../../dist/node.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, type Course, course, smallImages, smallTrainer } from '../support/smallNetwork.js';

const test = syntheticDataset(21, { ...smallImages, sample: 1 });

interface Setting {
  readonly title: string;
  readonly count: number;
  readonly options: Partial<TrainerOptions>;
  readonly otherWorkers: readonly number[];
}

const settings: Setting[] = [
  {
    title: 'batches of 16, 16 and 14, fewer than the 20 shards',
    count: 46,
    options: { batchSize: 16 },
    otherWorkers: [2, 3, 7],
  },
  {
    title: 'batches of 5, 5 and 1 with Nesterov momentum and weight decay',
    count: 11,
    options: {
      batchSize: 5,
      optimizer: new SGD({ learningRate: 0.02, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
    },
    otherWorkers: [2, 3],
  },
  {
    title: 'batches of 40 and 6 in 3 shards with dampened momentum',
    count: 46,
    options: { batchSize: 40, shards: 3, optimizer: new SGD({ learningRate: 0.05, momentum: 0.5, dampening: 0.1 }) },
    otherWorkers: [3],
  },
];

describe.each(settings)('$title:', ({ count, options, otherWorkers }) => {
  const images = syntheticDataset(count, smallImages);
  const run = (more: Partial<TrainerOptions>) =>
    course(smallTrainer({ ...options, ...more }), images, { epochs: 2, test });
  let alone: Course;
  beforeAll(async () => {
    alone = await run({ workers: 1, kernels: 'simd' });
  });

  it('one worker takes all steps of 2 epochs, each with a loss of its own', () => {
    const losses = alone.steps.map(({ loss }) => loss);
    expect(losses).toHaveLength(2 * Math.ceil(count / (options.batchSize ?? 0)));
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(new Set(losses).size).toBe(losses.length);
  });

  it.each(otherWorkers)('%d workers give the bits of one in every loss and the weightsHash', async (workers) => {
    expect(bits(await run({ workers, kernels: 'simd' }))).toEqual(bits(alone));
  });

  it('the reference kernels give the bits of simd in every loss and the weightsHash', async () => {
    expect(bits(await run({ workers: 2, kernels: 'reference' }))).toEqual(bits(alone));
  });
});

it('the weightsHash is another one for each of the seeds 0, 1, 2 and 4294967295, before and after 3 steps', async () => {
  const images = syntheticDataset(46, smallImages);
  const trained: string[] = [];
  const fresh: string[] = [];
  for (const seed of [0, 1, 2, 4294967295]) {
    const trainer = smallTrainer({ seed });
    fresh.push(trainer.weightsHash());
    trained.push((await course(trainer, images, { epochs: 1 })).weightsHash);
  }
  expect(new Set([...fresh, ...trained]).size).toBe(8);
});
