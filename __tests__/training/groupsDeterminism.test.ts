import { beforeAll, expect, it } from '@jest/globals';
import { RMSprop } from '../../dist/index.js';
import { decodeCheckpoint, encodeCheckpoint, type Trainer, type TrainerOptions } from '../../dist/node.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, type Course, course, smallImages, smallTrainer } from '../support/smallNetwork.js';

const train = syntheticDataset(46, smallImages);
const test = syntheticDataset(20, { ...smallImages, sample: 1 });

/** All that decides on an update, at once. */
const options = {
  optimizer: new RMSprop({
    learningRate: 0.01,
    momentum: 0.9,
    centered: true,
    weightDecay: 0.01,
    decay: 'weights',
    groups: [
      { parameters: ['classifier', 'features.0.bias'], learningRate: 0.002, weightDecay: 0.1 },
      { parameters: ['features.7'], weightDecay: 0 },
    ],
  }),
  batchSize: 7,
  accumulationSteps: 3,
  schedule: { type: 'plateau', metric: 'testAccuracy', patience: 0, factor: 0.5, cooldown: 1, threshold: 10 },
  frozen: ['features.3.weight'],
  maxGradientNorm: 1,
  averageDecay: 0.8,
  augmentation: { horizontalFlip: 0.5, randomCrop: 2, randomErasing: 0.3 },
} satisfies Partial<TrainerOptions>;

const epochs = 4;
/** Steps of the whole run: three an epoch. */
const STEPS = 12;

/** Goes on to the end of the fourth epoch; behind the fourth step the learning rate is set by hand. */
async function run(given: Partial<TrainerOptions>, checkpoint?: Uint8Array) {
  const trainer: Trainer = smallTrainer({ ...options, ...given });
  if (checkpoint) trainer.restore(decodeCheckpoint(checkpoint));
  const [checkpoints, rates]: [Uint8Array[], number[]] = [[], []];
  const afterStep = () => {
    if (trainer.steps === 4) trainer.learningRate = 0.02;
    rates.push(trainer.learningRate);
    checkpoints.push(encodeCheckpoint(trainer.checkpoint()));
  };
  const trained = await course(trainer, train, { epochs: epochs - trainer.epochsDone, test, afterStep });
  return { trained, rates, checkpoints };
}

let alone: { trained: Course; rates: number[]; checkpoints: Uint8Array[] };
beforeAll(async () => {
  alone = await run({ workers: 1 });
});

it('the rate falls after an epoch without a better accuracy, is set by hand, and rests in the cooldown', () => {
  // The threshold lets the first epoch's accuracy alone count as better.
  const before = [0.01, 0.01, 0.01, 0.02, 0.02, 0.02];
  expect(alone.rates).toEqual([...before, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]);
  expect(alone.checkpoints).toHaveLength(STEPS);
});

it.each([2, 3])('%d workers give the bits of one in every loss, test and weight', async (workers) => {
  const { trained, rates } = await run({ workers });
  expect([bits(trained), rates]).toEqual([bits(alone.trained), alone.rates]);
});

it('the reference kernels give the bits of the fastest', async () => {
  expect(bits((await run({ workers: 2, kernels: 'reference' })).trained)).toEqual(bits(alone.trained));
});

it('a run that goes on from any of its 12 steps, with 1 to 3 workers, has its bits and rates from there on', async () => {
  const wanted = bits(alone.trained);
  for (const [i, checkpoint] of alone.checkpoints.entries()) {
    const { trained, rates } = await run({ workers: 1 + (i % 3) }, checkpoint);
    const found = bits(trained);
    expect([i, found.weightsHash, rates]).toEqual([i, wanted.weightsHash, alone.rates.slice(i + 1)]);
    expect([i, found.steps]).toEqual([i, wanted.steps.slice(i + 1)]);
  }
});

it.each<[string, Partial<TrainerOptions>]>([
  ['accumulationSteps', { accumulationSteps: 2 }],
  ['schedule', { schedule: { ...options.schedule, patience: 1 } }],
  ['optimizer', { optimizer: new RMSprop({ learningRate: 0.01, momentum: 0.9 }) }],
])('another %s than a checkpoint’s is refused by name', async (name, other) => {
  const trainer = smallTrainer({ ...options, ...other });
  try {
    expect(() => trainer.restore(decodeCheckpoint(alone.checkpoints[0]))).toThrow(`another run: ${name} is`);
  } finally {
    await trainer.close();
  }
});
