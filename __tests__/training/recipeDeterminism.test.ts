import { beforeAll, describe, expect, it } from '@jest/globals';
import { AdamW, CrossEntropyLoss, Muon, SGD } from '../../dist/index.js';
import { type Checkpoint, decodeCheckpoint, type Trainer, type TrainerOptions } from '../../dist/node.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, type Course, checkpointedCourse, course, smallImages, smallTrainer } from '../support/smallNetwork.js';

const train = syntheticDataset(46, smallImages);
const test = syntheticDataset(20, { ...smallImages, sample: 1 });

const recipe = {
  schedule: { type: 'oneCycle', totalSteps: 6 },
  loss: new CrossEntropyLoss({ labelSmoothing: 0.1 }),
  maxGradientNorm: 1,
  averageDecay: 0.8,
  updateBn: 2,
  lookahead: { steps: 2, alpha: 0.6 },
  augmentation: { horizontalFlip: 0.5, randomCrop: 2, randomErasing: 0.3 },
  testTimeFlip: true,
} satisfies Partial<TrainerOptions>;

const vectors = { parameters: 'vectors', learningRate: 0.05 } as const;

const optimizers = {
  AdamW: new AdamW({ learningRate: 0.01, decay: 'weights', groups: [vectors] }),
  'Nesterov momentum': new SGD({
    learningRate: 0.1,
    momentum: 0.9,
    nesterov: true,
    weightDecay: 0.01,
    decay: 'weights',
    groups: [vectors],
  }),
  'Muon and AdamW': new Muon({ learningRate: 0.02, others: new AdamW({ learningRate: 0.01, decay: 'weights' }) }),
};

/** Two epochs of three steps, the last one smaller, with a test after each. */
const run = (options: Partial<TrainerOptions>) => course(smallTrainer(options), train, { epochs: 2, test });

/** Goes on from a checkpoint to the end of the second epoch. */
async function resumed(checkpoint: Uint8Array, options: Partial<TrainerOptions>): Promise<Course> {
  const trainer: Trainer = smallTrainer(options);
  trainer.restore(decodeCheckpoint(checkpoint));
  return course(trainer, train, { epochs: 2 - trainer.epochsDone, test });
}

describe.each(Object.entries(optimizers))('the whole recipe with %s:', (_, optimizer) => {
  const options = { ...recipe, optimizer };
  let alone: Course;
  let checkpoints: Uint8Array[];
  beforeAll(async () => {
    const trainer = smallTrainer({ ...options, workers: 1 });
    ({ course: alone, checkpoints } = await checkpointedCourse(trainer, train, { epochs: 2, test }));
  });

  it.each([2, 7])('%d workers give the bits of one in every loss, test and weight', async (workers) => {
    expect(bits(await run({ ...options, workers }))).toEqual(bits(alone));
  });

  it('the reference kernels give the bits of the fastest', async () => {
    expect(bits(await run({ ...options, workers: 2, kernels: 'reference' }))).toEqual(bits(alone));
  });

  it('a run that goes on from any of its 6 steps, with 1 to 3 workers, has its bits from there on', async () => {
    const wanted = bits(alone);
    expect(checkpoints).toHaveLength(6);
    for (const [i, checkpoint] of checkpoints.entries()) {
      const found = bits(await resumed(checkpoint, { ...options, workers: 1 + (i % 3) }));
      expect([i, found.weightsHash]).toEqual([i, wanted.weightsHash]);
      expect([i, found.steps]).toEqual([i, wanted.steps.slice(i + 1)]);
      expect([i, found.epochs]).toEqual([i, wanted.epochs.slice(i < 3 ? 0 : 1)]);
    }
  });
});

describe('of the recipe’s parts', () => {
  const whole = { ...recipe, optimizer: optimizers.AdamW };
  const parts = Object.keys(recipe) as (keyof typeof recipe)[];
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    const trainer = smallTrainer(whole);
    checkpoint = trainer.checkpoint();
    await trainer.close();
  });

  it('each one changes the bits of a run, of which it is left out', async () => {
    const without = async (part: keyof typeof recipe) => {
      const { [part]: _, ...others } = whole;
      return bits(await run(others));
    };
    const found = [bits(await run(whole))];
    for (const part of parts) found.push(await without(part));
    expect(new Set(found.map((one) => JSON.stringify(one))).size).toBe(1 + parts.length);
  });

  it.each<[string, Partial<TrainerOptions>]>([
    ['schedule', { schedule: { type: 'oneCycle', totalSteps: 7 } }],
    ['loss', { loss: new CrossEntropyLoss({ labelSmoothing: 0.2 }) }],
    ['maxGradientNorm', { maxGradientNorm: 2 }],
    ['averageDecay', { averageDecay: 0.9 }],
    ['updateBn', { updateBn: 3 }],
    ['lookahead', { lookahead: { steps: 2, alpha: 0.5 } }],
    ['augmentation', { augmentation: { horizontalFlip: 0.5, randomCrop: 2 } }],
    ['testTimeFlip', { testTimeFlip: false }],
    ['optimizer', { optimizer: optimizers['Nesterov momentum'] }],
    ['optimizer', { optimizer: new AdamW({ learningRate: 0.01 }) }],
  ])('another %s than a checkpoint’s is refused by name', async (name, other) => {
    const trainer = smallTrainer({ ...whole, ...other });
    try {
      expect(() => trainer.restore(checkpoint)).toThrow(`another run: ${name} is`);
    } finally {
      await trainer.close();
    }
  });
});
