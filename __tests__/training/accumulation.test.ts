import { describe, expect, it } from '@jest/globals';
import {
  BatchNorm2d,
  Conv2d,
  Flatten,
  Linear,
  Sequential,
  SGD,
  type StateDict,
  type TensorSource,
} from '../../dist/index.js';
import { type StepReport, Trainer } from '../../dist/node.js';
import { noAugmentation } from '../../src/data/augmentation.js';
import { Conv2d as Conv2dHere } from '../../src/layers/conv2d.js';
import { Dropout } from '../../src/layers/dropout.js';
import { Dropout2d } from '../../src/layers/dropout2d.js';
import { Flatten as FlattenHere } from '../../src/layers/flatten.js';
import type { Layer } from '../../src/layers/layer.js';
import { StochasticDepth } from '../../src/layers/stochasticDepth.js';
import { Sequential as SequentialHere } from '../../src/network/sequential.js';
import { runAlone } from '../../src/program/phase.js';
import { rowMajor } from '../../src/tensor/view.js';
import { syntheticDataset } from '../support/dataset.js';
import { formulaWeights } from '../support/formula.js';
import { formulaImages } from '../support/formulaImages.js';
import { readJson, relativeError } from '../support/golden.js';
import { makePrograms } from '../support/programs.js';
import { course, smallImages, smallTrainer } from '../support/smallNetwork.js';

const pytorch = readJson('accumulation.json');

const network = () =>
  new Sequential({
    features: new Sequential([new Conv2d(2, 4, 3), new BatchNorm2d(4)]),
    classifier: new Sequential([new Flatten(), new Linear(16, 3)]),
  });

// PyTorch's own float32 is off by float32Error at worst. Ours scales the sum of the gradients rather than each of them, and
// sums in another order: as much again, twice over.
it.each([
  ['reference', 1],
  ['simd', 2],
] as const)(
  'three epochs of steps of 3 batches and of 2, each normalized by itself, are PyTorch’s (loss / n).backward() within 4 of its float32 errors: %s kernels, %d workers',
  async (kernels, workers) => {
    const { batchSize, accumulationSteps, maxGradientNorm, float32Error, seed } = pytorch;
    const isClipped = pytorch.norms.map((norm: number) => norm > maxGradientNorm);
    expect(new Set(isClipped).size).toBe(2);
    const optimizer = new SGD(pytorch.optimizer);
    const options = { inputShape: [2, 4, 4], batchSize, accumulationSteps, maxGradientNorm, optimizer };
    const trainer = new Trainer(network(), { ...options, kernels, workers });
    try {
      const { model } = trainer;
      model.loadStateDict(new Map<string, TensorSource>([...model.stateDict(), ...formulaWeights(model, seed)]));
      const steps: StepReport[] = [];
      const losses: number[] = [];
      const onStep = (report: StepReport) => steps.push(report);
      for await (const { trainLoss } of trainer.fit(formulaImages(pytorch), { epochs: 3, onStep }))
        losses.push(trainLoss);
      expect(steps.map(({ step, steps: all }) => [step, all])).toEqual([1, 2, 1, 2, 1, 2].map((step) => [step, 2]));
      for (const [epoch, loss] of losses.entries())
        expect(Math.abs(loss / pytorch.losses[epoch] - 1)).toBeLessThan(4 * float32Error);
      for (const [name, expected] of Object.entries<number[]>(pytorch.state)) {
        const found = Array.from(rowMajor(model.stateDict().get(name) as TensorSource), Number);
        expect([name, relativeError(found, expected) < 4 * float32Error]).toEqual([name, true]);
      }
    } finally {
      await trainer.close();
    }
  },
);

describe('random numbers', () => {
  const dataset = syntheticDataset(1, { size: 6 });
  const augmentation = { ...noAugmentation, horizontalFlip: 0.5, randomCrop: 2, randomErasing: 0.5 };
  /** The images of a batch as augmented, and after a layer that drops. */
  const passOf = (drop: Layer, batchSize: number, batch?: { index: number; count: number }) => {
    const layers = { drop, conv: new Conv2dHere(1, 2, 6), flatten: new FlattenHere() };
    const programs = makePrograms(new SequentialHere(layers), dataset, { batchSize, augmentation });
    programs.batch.dataset = dataset;
    const pass = { samples: batchSize, shards: 2, training: true, number: 3, learningRate: 0, batch };
    runAlone(programs.phases.train, pass, programs.model.scratch[0]);
    return [...(programs.model.activations.get(`drop ${drop.type}`)?.data ?? [])].map((value) => value !== 0);
  };

  it.each(
    [new Dropout(0.5), new Dropout2d(0.5), new StochasticDepth(0.5, 'row')].map((drop) => [drop.type, drop] as const),
  )(
    '%s: of the samples in a step of two batches of 8 are those of one batch of 16, other ones in each batch',
    (_, drop) => {
      const [first, second] = [0, 1].map((index) => passOf(drop, 8, { index, count: 2 }));
      expect([...first, ...second]).toEqual(passOf(drop, 16));
      expect(first).not.toEqual(second);
    },
  );
});

describe('a step of several batches', () => {
  const train = syntheticDataset(46, smallImages);

  it('of which an epoch has but one batch has the bits of a step of one', async () => {
    const options = { batchSize: 46, optimizer: new SGD({ learningRate: 0.05, momentum: 0.9 }) };
    const [one, several] = [smallTrainer(options), smallTrainer({ ...options, accumulationSteps: 5 })];
    const hashes = [await course(one, train, { epochs: 2 }), await course(several, train, { epochs: 2 })];
    expect(hashes[1].weightsHash).toBe(hashes[0].weightsHash);
  });

  it('counts once in the weights’ average, and as a whole in the profile', async () => {
    const trainer = smallTrainer({ accumulationSteps: 3, averageDecay: 0.9, profile: true });
    const biases: number[][] = [];
    const biasOf = (state: StateDict) => Array.from(rowMajor(state.get('classifier.1.bias') as TensorSource), Number);
    const onStep = () => biases.push(biasOf(trainer.model.stateDict()));
    try {
      for await (const _ of trainer.fit(train, { epochs: 3, onStep }));
      // After the first step the average is its weights; in the step behind s others s / (s + 9) of it stays.
      const { fround } = Math;
      const wanted = biases.reduce((average, bias, s) =>
        average.map((mean, i) => fround(mean + fround(fround(bias[i] - mean) * fround(1 - s / (s + 9))))),
      );
      expect([trainer.steps, biasOf(trainer.stateDict())]).toEqual([3, wanted]);
      const update = trainer.profile().find(({ pass }) => pass === 'update');
      expect(update?.milliseconds).toBeGreaterThan(0);
    } finally {
      await trainer.close();
    }
  });

  it.each([0, 1.5, '2'])('%j of them are refused: ARGUMENT', (accumulationSteps) => {
    expect(() => smallTrainer({ accumulationSteps: accumulationSteps as number })).toThrow(
      expect.objectContaining({ code: 'ARGUMENT', message: expect.stringContaining('accumulationSteps') }),
    );
  });
});
