import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AugmentationOptions,
  BatchNorm2d,
  Conv2d,
  CrossEntropyLoss,
  Flatten,
  Linear,
  ReLU,
  Sequential,
  SGD,
  tensorDataset,
} from '../../dist/index.js';
import { decodeCheckpoint, Trainer, type TrainerOptions } from '../../dist/node.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, type Course, checkpointedCourse, course } from '../support/smallNetwork.js';

const images = { classes: 3, channels: 3, size: 9, width: 11 };
const train = syntheticDataset(40, images);
const test = syntheticDataset(12, { ...images, sample: 1 });

const augmentation = {
  randomResizedCrop: 0.2,
  randomCrop: 2,
  horizontalFlip: 0.5,
  verticalFlip: 0.3,
  colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  trivialAugment: true,
  randomErasing: 0.3,
  mixup: 0.4,
} satisfies AugmentationOptions;

/** Of an epoch's 40 images, 14 and 14 and 12 make a step, in batches of 7, 7 and of 7, 5. */
const options = {
  inputShape: [3, 9, 11],
  optimizer: new SGD({ learningRate: 0.05, momentum: 0.9 }),
  loss: new CrossEntropyLoss({ labelSmoothing: 0.1 }),
  batchSize: 7,
  accumulationSteps: 2,
  shards: 4,
  normalization: { mean: [0.5, 0.4, 0.3], std: [0.4, 0.3, 0.2] },
  kernels: 'simd',
  workers: 1,
  augmentation,
} satisfies TrainerOptions;

const network = () =>
  new Sequential([
    new Conv2d(3, 6, 3, { padding: 1 }),
    new BatchNorm2d(6),
    new ReLU(),
    new Conv2d(6, 8, 3, { stride: 2 }),
    new ReLU(),
    new Flatten(),
    new Linear(160, 3),
  ]);

const trainer = (more: Partial<TrainerOptions> = {}) => new Trainer(network(), { ...options, ...more });
const run = (more: Partial<TrainerOptions> = {}) => course(trainer(more), train, { epochs: 2, test });

describe('a run with all of the augmentation', () => {
  let alone: Course;
  let checkpoints: Uint8Array[];
  beforeAll(async () => {
    ({ course: alone, checkpoints } = await checkpointedCourse(trainer(), train, { epochs: 2, test }));
  });

  it('has the weightsHash that it had on the first machine', () => {
    expect(alone.weightsHash).toBe('49bc04ec6960f3210a9fb5bf1ca819ad606b88bfc6f6787dbf67291fbc810fa6');
  });

  it.each<Partial<TrainerOptions>>([
    { workers: 2 },
    { workers: 3 },
    { workers: 7, kernels: 'auto' },
    { workers: 2, kernels: 'reference' },
  ])('%j has the bits of one worker with simd in every loss, test and weight', async (more) => {
    expect(bits(await run(more))).toEqual(bits(alone));
  });

  it('goes on from any of its 6 steps, with 1 to 3 workers, to the same bits', async () => {
    const wanted = bits(alone);
    expect(checkpoints).toHaveLength(6);
    for (const [i, checkpoint] of checkpoints.entries()) {
      const resumed = trainer({ workers: 1 + (i % 3) });
      resumed.restore(decodeCheckpoint(checkpoint));
      const found = bits(await course(resumed, train, { epochs: 2 - resumed.epochsDone, test }));
      expect([i, found.weightsHash, found.steps]).toEqual([i, wanted.weightsHash, wanted.steps.slice(i + 1)]);
    }
  });

  it('has other bits without any one of its parts, whose absence a checkpoint refuses', async () => {
    const hashes = new Set([alone.weightsHash]);
    for (const part of Object.keys(augmentation) as (keyof typeof augmentation)[]) {
      const { [part]: _, ...others } = augmentation;
      const without = trainer({ augmentation: others });
      expect(() => without.restore(decodeCheckpoint(checkpoints[0]))).toThrow('another run: augmentation is');
      hashes.add((await course(without, train, { epochs: 2, test })).weightsHash);
    }
    expect(hashes.size).toBe(1 + Object.keys(augmentation).length);
  });
});

describe('a run with airbench’s augmentation: alternating flips, reflected crops, Cutout, and six views of each test image', () => {
  const airbench = {
    augmentation: { alternatingFlip: true, randomCrop: 2, cropPadding: 'reflect', cutout: 4, mixup: 0.4 },
    testTimeFlip: true,
    testTimeShift: 1,
  } as const satisfies Partial<TrainerOptions>;
  let alone: Course;
  let checkpoints: Uint8Array[];
  beforeAll(async () => {
    ({ course: alone, checkpoints } = await checkpointedCourse(trainer(airbench), train, { epochs: 2, test }));
  });

  it('has the weightsHash that it had on the first machine', () => {
    expect(alone.weightsHash).toBe('03e0264526d6104c792ae1c1c9331ec41046dc84e3780cf01a391e225a6f003f');
  });

  it.each<Partial<TrainerOptions>>([
    { workers: 2, kernels: 'reference' },
    { workers: 3 },
    { workers: 7, kernels: 'auto' },
  ])('%j has the bits of one worker with simd in every loss, test and weight', async (more) => {
    expect(bits(await run({ ...airbench, ...more }))).toEqual(bits(alone));
  });

  it('goes on from any of its 6 steps, with 1 and 2 workers, to the same bits', async () => {
    const wanted = bits(alone);
    for (const [i, checkpoint] of checkpoints.entries()) {
      const resumed = trainer({ ...airbench, workers: 1 + (i % 2) });
      resumed.restore(decodeCheckpoint(checkpoint));
      const found = bits(await course(resumed, train, { epochs: 2 - resumed.epochsDone, test }));
      expect([i, found.weightsHash, found.steps]).toEqual([i, wanted.weightsHash, wanted.steps.slice(i + 1)]);
      expect([i, found.epochs.at(-1)]).toEqual([i, wanted.epochs.at(-1)]);
    }
  });

  it.each<[string, Partial<TrainerOptions>]>([
    ['augmentation', { augmentation: { ...airbench.augmentation, alternatingFlip: false } }],
    ['augmentation', { augmentation: { ...airbench.augmentation, cropPadding: 'symmetric' } }],
    ['augmentation', { augmentation: { ...airbench.augmentation, cutout: 3 } }],
    ['testTimeShift', { testTimeShift: 2 }],
  ])('is not gone on with by one of another %s: %j', async (name, other) => {
    const another = trainer({ ...airbench, ...other });
    expect(() => another.restore(decodeCheckpoint(checkpoints[0]))).toThrow(`another run: ${name} is`);
    await another.close();
  });
});

it('alternating flips show a Trainer each image both ways in two epochs, and in the third as in the first: the losses, to 1e-12', async () => {
  const losses = async (given: AugmentationOptions, epochs: number) => {
    const still = new Trainer(new Sequential([new Flatten(), new Linear(297, 3)]), {
      ...options,
      loss: new CrossEntropyLoss(),
      optimizer: new SGD({ learningRate: 0 }),
      augmentation: given,
    });
    return (await course(still, train, { epochs })).epochs.map(({ trainLoss }) => trainLoss);
  };
  const [first, second, third] = await losses({ alternatingFlip: true }, 3);
  const [plain] = await losses({}, 1);
  const [mirrored] = await losses({ horizontalFlip: 1 }, 1);
  expect(Math.abs((first + second) / (plain + mirrored) - 1)).toBeLessThan(1e-12);
  expect(Math.abs(third / first - 1)).toBeLessThan(1e-12);
  expect(Math.abs(second / first - 1)).toBeGreaterThan(1e-3);
});

describe('what changes bytes', () => {
  const floats = tensorDataset({ data: Float32Array.from(train.inputs), shape: [40, 3, 9, 11] }, train.targets);

  it.each<[string, AugmentationOptions]>([
    ['randomResizedCrop', { randomResizedCrop: 0.5 }],
    ['colorJitter', { colorJitter: { hue: 0.1 } }],
    ['trivialAugment', { trivialAugment: true }],
  ])('%s is refused for floats before the first step, but not their evaluation', async (name, given) => {
    const trained = trainer({ augmentation: given });
    try {
      await expect(trained.fit(floats, { epochs: 1 }).next()).rejects.toThrow(
        `${name} is for images of bytes; found a data set of floats. Leave it away`,
      );
      expect((await trained.evaluate(floats)).loss).toBeGreaterThan(0);
    } finally {
      await trained.close();
    }
  });

  it('is refused for images of two channels', () => {
    const shape = { inputShape: [2, 3, 3], normalization: { mean: 0, std: 1 } };
    const two = () => new Trainer(new Sequential([new Flatten(), new Linear(18, 3)]), { ...options, ...shape });
    expect(two).toThrow(
      'randomResizedCrop is for images of 1 or 3 channels; found inputs of shape [2, 3, 3]. Leave it away',
    );
  });
});

it('the images of one channel, with every part, are learned from: a loss below 0.8 of 12 epochs, where knowing nothing is 1.1', async () => {
  const grey = { ...images, channels: 1 };
  const layers = [new Conv2d(1, 8, 3), new ReLU(), new Flatten(), new Linear(504, 3)];
  const learner = new Trainer(new Sequential(layers), {
    ...options,
    loss: new CrossEntropyLoss(),
    inputShape: [1, 9, 11],
    normalization: { mean: 0.5, std: 0.5 },
    augmentation: { colorJitter: 0.2, horizontalFlip: 0, randomErasing: 0.1, mixup: 0.2 },
  });
  const { epochs } = await course(learner, syntheticDataset(60, grey), {
    epochs: 12,
    test: syntheticDataset(30, { ...grey, sample: 1 }),
  });
  expect(epochs.at(-1)?.testLoss).toBeLessThan(0.8);
});
