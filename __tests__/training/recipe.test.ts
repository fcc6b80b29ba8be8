import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  BatchNorm2d,
  Conv2d,
  CrossEntropyLoss,
  type Dataset,
  Flatten,
  Linear,
  ReLU,
  rowMajor,
  Sequential,
  SGD,
  type StateDict,
  type TensorSource,
  type TensorView,
} from '../../dist/index.js';
import { Trainer } from '../../dist/node.js';
import { formulaValues, formulaWeights } from '../support/formula.js';
import { readJson } from '../support/golden.js';

const pytorch = readJson('recipe.json');
const pixels = 36;

/** The images of golden/recipe_reference.py: a row of white for the label in noise of the formula. */
function images(): Dataset {
  const { seed, samples } = pytorch;
  const bytes = formulaValues(seed, 6400, samples * pixels).map((value) => Math.floor(128 * (value + 1)));
  const labels = Uint8Array.from({ length: samples }, (_, n) => n % 4);
  for (const [n, label] of labels.entries()) bytes.fill(255, n * pixels + 6 * label, n * pixels + 6 * label + 6);
  const shared = <T extends Uint8Array>(array: T) => {
    const copy = new Uint8Array(new SharedArrayBuffer(array.length));
    copy.set(array);
    return copy;
  };
  return {
    inputs: shared(Uint8Array.from(bytes)),
    targets: shared(labels),
    count: samples,
    shape: [1, 6, 6],
    targetShape: [],
  };
}

const network = () =>
  new Sequential([
    new Conv2d(1, 4, 3, { padding: 1 }),
    new BatchNorm2d(4),
    new ReLU(),
    new Conv2d(4, 6, 3, { stride: 2, padding: 1 }),
    new BatchNorm2d(6),
    new ReLU(),
    new Flatten(),
    new Linear(54, 4),
  ]);

/** The largest difference of a number in a state dict from PyTorch's. */
function apart(state: StateDict, expected: Readonly<Record<string, readonly number[]>>): number {
  const differences = Object.entries(expected).flatMap(([name, values]) => {
    const found = rowMajor(state.get(name) as TensorView);
    if (found.length !== values.length) throw new Error(`${name} has ${found.length} elements`);
    return values.map((value, i) => Math.abs(Number(found[i]) - value));
  });
  return Math.max(...differences);
}

// An epoch is one step on all images, whose order leaves no trace but in roundings. PyTorch's own float32 and float64
// part by 1e-7 in a loss and by 4e-7 in a weight (golden/recipe_reference.py --double).
describe.each(['reference', 'auto'] as const)(
  'a Trainer’s 20 steps with the whole recipe against PyTorch’s, %s kernels:',
  (kernels) => {
    const losses: number[] = [];
    let evaluation: number | undefined;
    let weights: number;
    let average: number;

    beforeAll(async () => {
      const { samples, schedule, labelSmoothing, maxGradientNorm, averageDecay } = pytorch;
      const trainer = new Trainer(network(), {
        inputShape: [1, 6, 6],
        batchSize: samples,
        workers: 2,
        kernels,
        optimizer: new SGD(pytorch.optimizer),
        loss: new CrossEntropyLoss({ labelSmoothing }),
        schedule,
        maxGradientNorm,
        averageDecay,
      });
      try {
        const { model } = trainer;
        model.loadStateDict(
          new Map<string, TensorSource>([...model.stateDict(), ...formulaWeights(model, pytorch.seed)]),
        );
        for await (const { trainLoss } of trainer.fit(images(), { epochs: pytorch.losses.length }))
          losses.push(trainLoss);
        evaluation = (await trainer.evaluate(images()))?.loss;
        weights = apart(model.stateDict(), pytorch.after);
        average = apart(trainer.stateDict(), pytorch.average);
      } finally {
        await trainer.close();
      }
    });

    it('each loss, smoothed, is within 1e-6', () => {
      expect(losses).toHaveLength(20);
      for (const [step, loss] of losses.entries()) expect(Math.abs(loss - pytorch.losses[step])).toBeLessThan(1e-6);
    });

    it('the loss of the average in evaluation, not smoothed, is within 1e-6', () => {
      expect(Math.abs((evaluation as number) - pytorch.evaluation)).toBeLessThan(1e-6);
    });

    it('each parameter and running statistic, of up to 1.2, is within 1e-6, of the model and of the average', () => {
      expect([weights, average].map((difference) => difference < 1e-6)).toEqual([true, true]);
    });
  },
);

it('the golden run clips some of its steps and spares others', () => {
  const clipped = pytorch.norms.map((norm: number) => norm > pytorch.maxGradientNorm);
  expect(clipped.filter(Boolean)).toHaveLength(7);
});

it('the model answers by its own weights after a Trainer has evaluated their average', async () => {
  const trainer = new Trainer(network(), {
    inputShape: [1, 6, 6],
    batchSize: 24,
    workers: 1,
    averageDecay: 0.9,
    optimizer: new SGD({ learningRate: 0.1 }),
  });
  try {
    for await (const _ of trainer.fit(images(), { epochs: 3 }));
    const answer = () =>
      trainer.model.forward({ shape: [1, 1, 6, 6], data: new Float32Array(36).fill(0.5) }).data.slice(0, 4);
    trainer.model.eval();
    const before = answer();
    await trainer.evaluate(images());
    expect(answer()).toEqual(before);
  } finally {
    await trainer.close();
  }
});
