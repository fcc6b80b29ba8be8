import { beforeAll, describe, expect, it } from '@jest/globals';
import * as heddle from '../../dist/index.js';
import { decodeCheckpoint, Trainer, type TrainerOptions } from '../../dist/node.js';
import { rowMajor } from '../../src/tensor/view.js';
import { syntheticDataset } from '../support/dataset.js';
import { Everything } from '../support/everything.js';
import { bits, type Course, checkpointedCourse, course, smallImages } from '../support/smallNetwork.js';

const { CrossEntropyLoss, RMSprop, WeightedRandomSampler } = heddle;

const IGNORED = 255;
const train = syntheticDataset(40, smallImages);
train.targets.set([IGNORED, IGNORED], 5);
const test = syntheticDataset(11, { ...smallImages, sample: 1 });
const sampler = new WeightedRandomSampler(
  Array.from(train.targets, (target) => 1 + (target % 3)),
  32,
);

/** All that decides on an update, at once. An epoch's five batches, of 7, 7, 7, 7 and 4 samples, make steps of 2, 2 and 1. */
const options = {
  inputShape: [2, 9, 9],
  batchSize: 7,
  accumulationSteps: 2,
  shards: 4,
  seed: 3,
  kernels: 'simd',
  normalization: { mean: [0.5, 0.4], std: [0.4, 0.3] },
  loss: new CrossEntropyLoss({ weight: [1, 2, 0.5], ignoreIndex: IGNORED, labelSmoothing: 0.1 }),
  optimizer: new RMSprop({
    learningRate: 0.01,
    momentum: 0.9,
    centered: true,
    weightDecay: 0.01,
    groups: [
      { parameters: ['classifier', 'gate.2.bias'], learningRate: 0.002, weightDecay: 0.1 },
      { parameters: ['mixer'], weightDecay: 0 },
      { parameters: 'vectors', learningRate: 0.03 },
    ],
  }),
  schedule: { type: 'plateau', metric: 'testLoss', patience: 0, factor: 0.5, threshold: 1 },
  frozen: ['stem', 'classifier.3', 'grouped.0.weight'],
  maxGradientNorm: 1,
  averageDecay: 0.8,
  updateBn: 3,
  lookahead: { steps: 2, alpha: 0.6 },
  augmentation: { horizontalFlip: 0.5, randomCrop: 2, randomErasing: 0.3 },
} satisfies TrainerOptions;

const [EPOCHS, STEPS] = [3, 9];
const trainer = (more: Partial<TrainerOptions>) => new Trainer(new Everything(), { ...options, ...more });
const run = (more: Partial<TrainerOptions>) => course(trainer(more), train, { epochs: EPOCHS, test, sampler });
const stateOf = ({ model }: Trainer) =>
  new Map([...model.stateDict()].map(([name, tensor]) => [name, Array.from(rowMajor(tensor), Number)]));

describe('a network of every layer, with a weighted loss, a sampler, groups, frozen parts, accumulation, clipping, Lookahead, an average with statistics made anew, RMSprop and a plateau’s schedule:', () => {
  const first = trainer({ workers: 1 });
  const before = stateOf(first);
  let alone: Course;
  let checkpoints: Uint8Array[];
  beforeAll(async () => {
    ({ course: alone, checkpoints } = await checkpointedCourse(first, train, { epochs: EPOCHS, test, sampler }));
  });

  it('it has every layer that heddle exports, and what add, mul and concat are', () => {
    const exported = Object.entries(heddle).filter(
      ([, each]) => typeof each === 'function' && each.prototype instanceof heddle.Layer,
    );
    const types = new Set(first.model.graph.nodes.map(({ type }) => type));
    expect([...types].sort()).toEqual([...exported.map(([name]) => name), 'Add', 'Mul', 'Concat'].sort());
  });

  it('each of its 9 steps has a loss of its own, the rate falls, and all moves but what is frozen', () => {
    expect(new Set(alone.steps.map(({ loss }) => loss)).size).toBe(STEPS);
    expect(alone.steps.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(first.learningRate).toBeLessThan(options.optimizer.learningRate);
    for (const [name, numbers] of stateOf(first)) {
      const isFrozen = /^(stem|classifier\.3)\.|^grouped\.0\.weight$/.test(name);
      expect([name, numbers.every((number, i) => Object.is(number, before.get(name)?.[i]))]).toEqual([name, isFrozen]);
    }
  });

  it.each<Partial<TrainerOptions>>([
    { workers: 2 },
    { workers: 3 },
    { workers: 7 },
    { workers: 2, kernels: 'reference' },
    { workers: 2, kernels: 'auto' },
  ])('%j has the bits of one worker with simd in every loss, test and weight', async (more) => {
    expect(bits(await run(more))).toEqual(bits(alone));
  });

  it('a run that goes on from any of its 9 steps, with 1 to 3 workers, has its bits from there on', async () => {
    const wanted = bits(alone);
    expect(checkpoints).toHaveLength(STEPS);
    for (const [i, checkpoint] of checkpoints.entries()) {
      const resumed = trainer({ workers: 1 + (i % 3) });
      resumed.restore(decodeCheckpoint(checkpoint));
      const epochs = EPOCHS - resumed.epochsDone;
      const found = bits(await course(resumed, train, { epochs, test, sampler }));
      expect([i, found.weightsHash]).toEqual([i, wanted.weightsHash]);
      expect([i, found.steps]).toEqual([i, wanted.steps.slice(i + 1)]);
      expect([i, found.epochs]).toEqual([i, wanted.epochs.slice(EPOCHS - epochs)]);
    }
  });
});
