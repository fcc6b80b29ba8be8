import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Flatten, Linear, Model, ReLU, Sequential, SGD } from '../../dist/index.js';
import {
  type EpochEvaluationProgress,
  type EpochReport,
  type Evaluation,
  type FitOptions,
  Trainer,
  type TrainerOptions,
} from '../../dist/node.js';
import type { RunConfig } from '../../src/training/trainerOptions.js';
import { syntheticDataset } from '../support/dataset.js';
import { forward } from '../support/passes.js';
import { makePrograms } from '../support/programs.js';
import { bits, type Course, course, smallImages, smallNetwork, smallTrainer } from '../support/smallNetwork.js';

const train = syntheticDataset(300, smallImages);
const test = syntheticDataset(99, { ...smallImages, sample: 1 });

describe('a small network', () => {
  let learned: Course;
  beforeAll(async () => {
    learned = await course(smallTrainer(), train, { epochs: 4, test });
  });

  it('learns 3 classes from 300 noisy images: at least 95% of 99 other images right after 4 epochs', () => {
    const { trainAccuracy, testAccuracy, testLoss } = learned.epochs[3];
    expect(testAccuracy).toBeGreaterThanOrEqual(0.95);
    expect(trainAccuracy).toBeGreaterThanOrEqual(0.95);
    // A network that knows nothing has ln 3.
    expect(testLoss).toBeLessThan(Math.log(3) / 2);
  });

  it('reports 4 epochs of ⌈300/16⌉ = 19 steps each', () => {
    expect(learned.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    const expected = [1, 2, 3, 4].flatMap((epoch) => Array.from({ length: 19 }, (_, i) => [epoch, i + 1, 19]));
    expect(learned.steps.map(({ epoch, step, steps }) => [epoch, step, steps])).toEqual(expected);
  });

  it('ends each epoch with the loss and accuracy that its last step shows, a multiple of 1/300', () => {
    const last = learned.steps.filter(({ step }) => step === 19);
    expect(last.map(({ loss, accuracy }) => [loss, accuracy])).toEqual(
      learned.epochs.map(({ trainLoss, trainAccuracy }) => [trainLoss, trainAccuracy]),
    );
    for (const { accuracy = -1 } of last) expect(300 * accuracy).toBeCloseTo(Math.round(300 * accuracy), 9);
  });

  it('reports images/s as 300 images over the seconds of training, to 20%', () => {
    // The clock is read twice, and a thread may have to wait between.
    for (const { seconds, imagesPerSecond } of learned.epochs)
      expect(Math.abs((seconds * imagesPerSecond) / 300 - 1)).toBeLessThan(0.2);
  });

  it('is seen as it is by its model’s own passes in evaluation mode, before an epoch and after', async () => {
    const trainer = smallTrainer();
    try {
      const image = new Float32Array(2 * 9 * 9).fill(0.5);
      const model = trainer.model.eval();
      const before = [...forward(model, image)];
      for await (const _ of trainer.fit(train, { epochs: 1 }));
      const after = [...forward(model, image)];
      expect(after).not.toEqual(before);
      expect([...forward(model.eval(), image)]).toEqual(after);
    } finally {
      await trainer.close();
    }
  });

  it('goes the same way to the bit from its graph, as a loaded model has it, without an inputShape', async () => {
    const { graph } = new Model(smallNetwork(), { inputShape: [2, 9, 9], batchSize: 1 });
    const optimizer = new SGD({ learningRate: 0.05 });
    const normalization = { mean: 0.5, std: 0.4 };
    const trainer = new Trainer(graph, { optimizer, batchSize: 16, workers: 1, normalization });
    expect((await course(trainer, train, { epochs: 4 })).weightsHash).toBe(learned.weightsHash);
  });

  it('goes the same way to the bit without a test set', async () => {
    const { steps, weightsHash } = bits(await course(smallTrainer(), train, { epochs: 4 }));
    expect({ steps, weightsHash }).toEqual({ steps: bits(learned).steps, weightsHash: learned.weightsHash });
  });
});

it('an epoch uses every image once, each time in another order: at learning rate 0 all epochs have the loss of an evaluation to 1e-12, but other first steps', async () => {
  const network = new Sequential([new Flatten(), new Linear(162, 3)]);
  const optimizer = new SGD({ learningRate: 0 });
  const trainer = new Trainer(network, { inputShape: [2, 9, 9], optimizer, batchSize: 16, workers: 2 });
  const { epochs, steps } = await course(trainer, train, { epochs: 2, test: train });
  // 300 float64 losses added in another order: 300 roundings of 2⁻⁵³ at most.
  for (const { trainLoss, testLoss = 0 } of epochs) expect(Math.abs(trainLoss / testLoss - 1)).toBeLessThan(1e-12);
  expect(steps[0].loss).not.toBe(steps[19].loss);
});

describe('evaluate', () => {
  // 45 = 16 + 16 + 13 images with labels out of step with their number, so that an image has its place by chance only.
  const images = syntheticDataset(45, { ...smallImages, sample: 2 });
  images.targets.sort();
  let trainer: Trainer;
  beforeAll(async () => {
    trainer = smallTrainer({ normalization: { mean: 0.3, std: 0.6 } });
    for await (const _ of trainer.fit(train, { epochs: 1 }));
  });
  afterAll(() => trainer.close());

  it('gives the loss, accuracy and predictions, in order, that the model’s own forward pass in eval mode gives, to 1e-12', async () => {
    const { loss, accuracy, predictions } = (await trainer.evaluate(images)) as Required<Evaluation>;
    const expected = forwardByHand(trainer.model, images, { mean: 0.3, std: 0.6 });
    expect(Array.from(predictions)).toEqual(expected.predictions);
    expect(new Set(predictions).size).toBe(3);
    expect(accuracy).toBe(expected.right / 45);
    expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(1e-12);
  });

  it('gives a classifier’s probabilities on request, of the mean logits with test-time flip: the same bits in 1 and 3 workers, and their cross-entropy is the loss, to 1e-6', async () => {
    for (const testTimeFlip of [false, true]) {
      const found: Required<Evaluation>[] = [];
      for (const workers of [1, 3]) {
        const other = smallTrainer({ testTimeFlip, workers, normalization: { mean: 0.3, std: 0.6 } });
        other.model.loadStateDict(trainer.stateDict());
        found.push((await other.evaluate(images, { probabilities: true })) as Required<Evaluation>);
        await other.close();
      }
      const [{ loss, predictions, probabilities }, ofThree] = found;
      expect(probabilities.shape).toEqual([45, 3]);
      expect(ofThree.probabilities).toEqual(probabilities);
      const rows = Array.from(predictions, (_, i) => [0, 1, 2].map((label) => probabilities.get(i, label)));
      expect(rows.map((row) => row.indexOf(Math.max(...row)))).toEqual(Array.from(predictions));
      const logs = rows.map((row, i) => -Math.log(row[images.targets[i]]));
      expect(Math.abs(logs.reduce((sum, log) => sum + log, 0) / 45 / loss - 1)).toBeLessThan(1e-6);
    }
    expect(await trainer.evaluate(images)).not.toHaveProperty('probabilities');
  });

  it('gives the same twice and leaves the weightsHash, running statistics included, as it was', async () => {
    const before = trainer.weightsHash();
    expect(await trainer.evaluate(images)).toEqual(await trainer.evaluate(images));
    expect(trainer.weightsHash()).toBe(before);
  });
});

it('tells of the evaluations that end an epoch after each of their batches, the last time with what the epoch reports', async () => {
  const validation = syntheticDataset(20, { ...smallImages, sample: 3 });
  const told: EpochEvaluationProgress[] = [];
  const trainer = smallTrainer();
  const epochs: EpochReport[] = [];
  const options: FitOptions = {
    epochs: 2,
    validation,
    test: syntheticDataset(45, { ...smallImages, sample: 2 }),
    onEvaluate: (progress) => told.push(progress),
  };
  for await (const report of trainer.fit(train, options)) epochs.push(report);
  await trainer.close();
  expect(told.map(({ epoch, set, images, count }) => `${epoch} ${set} ${images}/${count}`)).toEqual(
    [1, 2].flatMap((epoch) => [
      `${epoch} validation 16/20`,
      `${epoch} validation 20/20`,
      `${epoch} test 16/45`,
      `${epoch} test 32/45`,
      `${epoch} test 45/45`,
    ]),
  );
  const ends = told.filter(({ images, count }) => images === count);
  expect(ends.map(({ loss, accuracy }) => [loss, accuracy])).toEqual(
    epochs.flatMap(({ validationLoss, validationAccuracy, testLoss, testAccuracy }) => [
      [validationLoss, validationAccuracy],
      [testLoss, testAccuracy],
    ]),
  );
  for (const { imagesPerSecond } of told) expect(imagesPerSecond).toBeGreaterThan(0);
});

/** Float32 logits as the model gives them, the rest in float64. */
function forwardByHand(model: Model, { inputs, targets, count }: typeof train, scale: { mean: number; std: number }) {
  const predictions: number[] = [];
  let [lossSum, right] = [0, 0];
  const size = inputs.length / count;
  model.eval();
  for (let n = 0; n < count; n++) {
    const pixels = inputs.subarray(n * size, (n + 1) * size);
    const logits = Array.from(
      forward(
        model,
        Float32Array.from(pixels, (v) => (v / 255 - scale.mean) / scale.std),
      ),
    );
    lossSum += Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - logits[targets[n]]), 0));
    predictions.push(logits.indexOf(Math.max(...logits)));
    if (predictions[n] === targets[n]) right++;
  }
  return { predictions, right, loss: lossSum / count };
}

describe('a trainer without an optimizer', () => {
  const images = syntheticDataset(45, { ...smallImages, sample: 2 });
  const evaluationOnly = (options: Partial<TrainerOptions> = {}) =>
    new Trainer(smallNetwork(), { inputShape: [2, 9, 9], batchSize: 16, workers: 2, ...options });

  it('evaluates to the bits of one with an optimizer, and shows no training in its profile', async () => {
    const [without, wanted] = [evaluationOnly({ profile: true }), smallTrainer({ normalization: { mean: 0, std: 1 } })];
    try {
      wanted.model.loadStateDict(without.model.stateDict());
      expect(await without.evaluate(images)).toEqual(await wanted.evaluate(images));
      expect([without.learningRate, without.profile()]).toEqual([0, []]);
    } finally {
      await without.close();
      await wanted.close();
    }
  });

  it('keeps neither gradients, nor what an optimizer remembers, nor an average: its memory is smaller by three times the parameters at least', () => {
    const network = new Sequential([new Flatten(), new Linear(162, 10_000)]);
    const bytes = (optimizer: RunConfig['optimizer']) =>
      makePrograms(network, images, { optimizer, averageDecay: 0.9 }).model.arena.memory.buffer.byteLength;
    const saved = bytes({ ...new SGD({ learningRate: 0.1, momentum: 0.9 }) }) - bytes(undefined);
    expect(saved).toBeGreaterThanOrEqual(3 * 4 * 1_630_000);
  });

  it('refuses to fit with STATE and says why, and a checkpoint of a run that trains with CHECKPOINT', async () => {
    const [without, training] = [evaluationOnly(), smallTrainer()];
    try {
      await expect(without.fit(images, { epochs: 1 }).next()).rejects.toMatchObject({
        code: 'STATE',
        message: expect.stringMatching(/no optimizer, so that it only evaluates; make it with one/),
      });
      expect(() => without.restore(training.checkpoint())).toThrow(/another run: .*optimizer is undefined here/);
    } finally {
      await without.close();
      await training.close();
    }
  });
});

describe('fit', () => {
  it('ends after the epoch for which stopWhen says so, whose report it has given', async () => {
    const trainer = smallTrainer();
    try {
      const epochs: number[] = [];
      const stopWhen = ({ epoch }: { epoch: number }) => epoch === 2;
      for await (const { epoch } of trainer.fit(train, { epochs: 5, stopWhen })) epochs.push(epoch);
      expect([epochs, trainer.epochsDone]).toEqual([[1, 2], 2]);
    } finally {
      await trainer.close();
    }
  });

  it.each([-1, 1.5, Number.NaN])('refuses %d epochs with ARGUMENT', async (epochs) => {
    const trainer = smallTrainer();
    try {
      await expect(trainer.fit(train, { epochs }).next()).rejects.toThrow(/epochs must be a whole number/);
    } finally {
      await trainer.close();
    }
  });
});

describe('a trainer of a network whose layers all have one length', () => {
  const square = () => new Linear(10, 10);
  const network = () =>
    new Sequential([new Flatten(), new Linear(162, 10), square(), new ReLU(), square(), new ReLU(), square()]);
  const trainer = () =>
    new Trainer(network(), {
      inputShape: [2, 9, 9],
      optimizer: new SGD({ learningRate: 1e-30 }),
      batchSize: 16,
      workers: 2,
    });

  it('reports the accuracy of training that an evaluation finds, while the weights stand still', async () => {
    const still = trainer();
    try {
      const { value } = await still.fit(test, { epochs: 1 }).next();
      const { loss, accuracy } = await still.evaluate(test);
      expect([value?.trainLoss, value?.trainAccuracy]).toEqual([loss, accuracy]);
    } finally {
      await still.close();
    }
  });

  it.each<[string, (still: Trainer) => Promise<unknown>]>([
    ['a step', (still) => still.fit(test, { epochs: 1 }).next()],
    ['an evaluation', (still) => still.evaluate(test)],
  ])('has overwritten what its model’s own forward left, after %s: backward is STATE', async (_, pass) => {
    const still = trainer();
    try {
      still.model.forward(new Float32Array(162));
      await pass(still);
      expect(() => still.model.backward(new Float32Array(10))).toThrow(/backward wants a forward pass/);
    } finally {
      await still.close();
    }
  });
});
