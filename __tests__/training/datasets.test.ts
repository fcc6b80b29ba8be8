import { describe, expect, it } from '@jest/globals';
import {
  batches,
  CrossEntropyLoss,
  type Dataset,
  Flatten,
  Linear,
  Model,
  ReLU,
  type Sampler,
  Sequential,
  SGD,
  tensorDataset,
  WeightedRandomSampler,
} from '../../dist/index.js';
import { decodeCheckpoint, Trainer, type TrainerOptions } from '../../dist/node.js';
import { weightsHash } from '../../src/training/weightsHash.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, checkpointedCourse, course, smallImages, smallTrainer } from '../support/smallNetwork.js';

const images = { classes: 300, channels: 3, size: 5, width: 4 };
const [bytes, others] = [0, 1].map((sample) => syntheticDataset(46, { ...images, sample }));
const size = 60;
const normalization = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] };

/** The same images as floats, scaled by hand. */
const scaled = ({ inputs, targets }: Dataset) =>
  tensorDataset(
    {
      data: Float32Array.from(inputs, (value, i) => {
        const channel = Math.floor((i % size) / 20);
        return (value / 255 - normalization.mean[channel]) / normalization.std[channel];
      }),
      shape: [46, 3, 5, 4],
    },
    targets,
  );
/** The same images as rows, of classes beyond 255. */
const rows = ({ inputs, targets }: Dataset, data: ArrayLike<number> = inputs) =>
  tensorDataset(
    { data, shape: [46, size] },
    Int32Array.from(targets, (target) => 299 - target),
  );
const asFloats = ({ inputs }: Dataset) => Float32Array.from(inputs, (value) => value / 255);

const network = () => new Sequential([new Flatten(), new Linear(size, 8), new ReLU(), new Linear(8, 300)]);
const options = { batchSize: 16, seed: 3, optimizer: new SGD({ learningRate: 0.05 }) };

/** What an epoch of training and its evaluation come to, but for times. */
async function epoch([train, test]: readonly Dataset[], given: Partial<TrainerOptions> & { workers: number }) {
  const trainer = new Trainer(network(), { ...options, inputShape: train.shape, ...given });
  return bits(await course(trainer, train, { epochs: 1, test }));
}

/** The weights behind the same epoch in a loop of one's own. */
function byHand(train: Dataset, given: Partial<TrainerOptions>): string {
  const model = new Model(network(), { inputShape: train.shape, batchSize: 16, seed: 3 });
  const { normalization: scaling = { mean: 0, std: 1 } } = given;
  const shuffle = { seed: 3, epoch: 0 };
  for (const { inputs, targets } of batches(train, { batchSize: 16, normalization: scaling, shuffle })) {
    model.backward(new CrossEntropyLoss().forward(model.forward(inputs), targets).gradient);
    options.optimizer.step(model);
  }
  return weightsHash(model.stateDict());
}

describe('an epoch of training and evaluation, of any kind of data set', () => {
  const byPlace = { mean: Array.from({ length: size }, (_, i) => i / 100), std: 0.5 };
  const kinds: Record<string, [Dataset[], Partial<TrainerOptions>]> = {
    'images in bytes': [[bytes, others], {}],
    'images in bytes, normalized by channel': [[bytes, others], { normalization }],
    'images in floats, scaled before': [[bytes, others].map(scaled), {}],
    'images in floats, normalized by channel': [[bytes, others].map(scaled), { normalization }],
    'rows of bytes, classes to 299': [[bytes, others].map((set) => rows(set)), { normalization: byPlace }],
    'rows of floats, classes to 299': [
      [bytes, others].map((set) => rows(set, asFloats(set))),
      { normalization: byPlace },
    ],
  };
  it.each(Object.keys(kinds))('%s: has the bits of a loop of one’s own, and on 3 workers those of 1', async (kind) => {
    const [sets, given] = kinds[kind];
    const alone = await epoch(sets, { ...given, workers: 1 });
    expect(alone.weightsHash).toBe(byHand(sets[0], given));
    expect(await epoch(sets, { ...given, workers: 3 })).toEqual(alone);
  });

  it('images in floats, scaled by hand, have the bits of those in bytes', async () => {
    const found = await epoch([bytes, others].map(scaled), { workers: 1 });
    expect(found).toEqual(await epoch([bytes, others], { normalization, workers: 1 }));
  });

  it('images in floats from 0 to 1 are augmented as those in bytes, to the bit', async () => {
    const augmentation = { horizontalFlip: 0.5, randomCrop: 2, randomErasing: 0.5 };
    const floats = [bytes, others].map((set) =>
      tensorDataset({ data: asFloats(set), shape: [46, 3, 5, 4] }, set.targets),
    );
    const found = await epoch(floats, { augmentation, testTimeFlip: true, workers: 1 });
    expect(found).toEqual(await epoch([bytes, others], { augmentation, testTimeFlip: true, workers: 1 }));
  });
});

describe('dropLast', () => {
  it('trains 2 of 46 samples’ 3 batches of 16, as batches with it gives them, and evaluates all samples', async () => {
    const shuffle = { seed: 0, epoch: 0 };
    const found = [...batches(bytes, { batchSize: 16, dropLast: true, shuffle })];
    const whole = [...batches(bytes, { batchSize: 16, shuffle })];
    expect(found.map(({ inputs }) => inputs.shape[0])).toEqual([16, 16]);
    expect(found.map(({ inputs }) => inputs.data)).toEqual(whole.slice(0, 2).map(({ inputs }) => inputs.data));
    const given = { workers: 2, dropLast: true };
    const cut = await epoch([bytes, others], given);
    expect(cut.steps.map(([, step]) => step)).toEqual([1, 2]);
    expect(cut.steps).toEqual((await epoch([bytes, others], { workers: 2 })).steps.slice(0, 2));
    const trainer = new Trainer(network(), { ...options, ...given, inputShape: [3, 5, 4] });
    expect((await trainer.evaluate(bytes)).predictions).toHaveLength(46);
    await trainer.close();
  });

  it('is refused where it leaves no batch', async () => {
    const message = 'dropLast leaves no batch: an epoch has 46 samples and a batch 47; take a smaller batchSize';
    expect(() => batches(bytes, { batchSize: 47, dropLast: true })).toThrow(message);
    await expect(epoch([bytes], { workers: 1, batchSize: 47, dropLast: true })).rejects.toThrow(message);
  });
});

describe('a sampler', () => {
  const train = syntheticDataset(46, smallImages);
  const sampler = WeightedRandomSampler.balanced(train);
  /** Takes every other sample, from the first in even epochs and the second in odd ones. */
  class EveryOther implements Sampler {
    constructor(readonly step: number) {}
    order = (count: number, _: number, epochNumber: number) =>
      Array.from({ length: Math.floor(count / this.step) }, (_, i) => this.step * i + (epochNumber % this.step));
  }

  it.each([
    ['that is weighted', sampler],
    ['of one’s own', new EveryOther(2)],
  ])('%s gives the batches of a Trainer’s epochs, as those of batches', async (_, own) => {
    const model = smallTrainer({ workers: 1, seed: 4 });
    const found: number[] = [];
    const step = { batchSize: 16, normalization: { mean: 0.5, std: 0.4 }, sampler: own };
    const optimizer = new SGD({ learningRate: 0.05 });
    for (const epochNumber of [0, 1])
      for (const { inputs, targets } of batches(train, { ...step, shuffle: { seed: 4, epoch: epochNumber } })) {
        const { loss, gradient } = new CrossEntropyLoss().forward(model.model.forward(inputs), targets);
        found.push(loss);
        model.model.backward(gradient);
        optimizer.step(model.model);
      }
    const { steps, weightsHash: hash } = await course(smallTrainer({ seed: 4 }), train, { epochs: 2, sampler: own });
    expect(steps).toHaveLength(found.length);
    expect(hash).toBe(model.weightsHash());
    await model.close();
  });

  it.each([false, true])(
    'goes on from a checkpoint in the middle of an epoch to the bits of the uninterrupted run, dropLast %s',
    async (dropLast) => {
      const whole = await checkpointedCourse(smallTrainer({ dropLast }), train, { epochs: 2, sampler });
      const wanted = bits(whole.course);
      const trainer = smallTrainer({ dropLast, workers: 3 });
      trainer.restore(decodeCheckpoint(whole.checkpoints[1]));
      const again = WeightedRandomSampler.balanced(train);
      const found = bits(await course(trainer, train, { epochs: trainer.epochsDone === 0 ? 2 : 1, sampler: again }));
      expect([found.weightsHash, found.steps]).toEqual([wanted.weightsHash, wanted.steps.slice(2)]);
    },
  );

  const other = new WeightedRandomSampler(
    sampler.weights.map((weight, i) => (i === 0 ? weight * (1 + 2 ** -40) : weight)),
    46,
  );
  const hidden = (first: number): Sampler => ({ order: () => [first, 1, 2] });
  it.each<[string, Sampler | undefined, Sampler | undefined]>([
    ['one whose weights differ by too little to show in an epoch', sampler, other],
    ['one whose fields are hidden', hidden(0), hidden(3)],
    ['none', sampler, undefined],
    ['one where there was none', undefined, sampler],
    ['one of other fields', new EveryOther(2), new EveryOther(3)],
  ])('is refused by a checkpoint of another run: %s', async (_, before, after) => {
    const run = (own: Sampler | undefined, checkpoint?: Uint8Array) => {
      const trainer = smallTrainer();
      if (checkpoint) trainer.restore(decodeCheckpoint(checkpoint));
      return checkpointedCourse(trainer, train, { epochs: 1, ...(own ? { sampler: own } : {}) });
    };
    const { checkpoints } = await run(before);
    await expect(run(after, checkpoints[0])).rejects.toMatchObject({
      code: 'CHECKPOINT',
      message: 'the checkpoint is of a run with another sampler than this one',
    });
    expect((await run(before, checkpoints[0])).course.epochs).toHaveLength(1);
  });

  it('of the same weights goes on with an epoch that a signal stopped, and another one begins it anew', async () => {
    for (const [next, left] of [
      [WeightedRandomSampler.balanced(train), [2, 3]],
      [other, [1, 2, 3]],
    ] as const) {
      const trainer = smallTrainer();
      const controller = new AbortController();
      const onStep = () => controller.abort();
      for await (const _ of trainer.fit(train, { epochs: 1, sampler, signal: controller.signal, onStep }));
      const { steps } = await course(trainer, train, { epochs: 1, sampler: next });
      expect(steps.map(({ step }) => step)).toEqual(left);
    }
  });

  it.each<[string, Sampler, string]>([
    ['nothing', { order: () => undefined as never }, 'the sampler gave no samples; expected at least one'],
    ['no samples', { order: () => [] }, 'the sampler gave no samples; expected at least one'],
    [
      'a sample that is not there',
      { order: () => [0, 46] },
      'the sampler gave the sample 46; the data set has samples 0 to 45',
    ],
    ['no place', { order: () => [0.5] }, 'the sampler gave the sample 0.5; the data set has samples 0 to 45'],
  ])('that gives %s is refused', async (_, own, message) => {
    expect(() => batches(train, { batchSize: 2, sampler: own, shuffle: { seed: 0, epoch: 0 } })).toThrow(message);
    await expect(course(smallTrainer(), train, { epochs: 1, sampler: own })).rejects.toThrow(message);
  });

  it('wants a seed and an epoch in batches', () => {
    expect(() => batches(train, { batchSize: 2, sampler })).toThrow(
      'sampler wants a seed and an epoch to draw by: shuffle: { seed: 0, epoch: 0 }',
    );
  });
});

it.each<[string, Partial<TrainerOptions>, string]>([
  [
    'augmentation',
    { augmentation: { horizontalFlip: 0.5 } },
    'augmentation is for images with one answer each; found inputs of shape [60]',
  ],
  [
    'testTimeFlip',
    { testTimeFlip: true },
    'testTimeFlip is for images with one answer each; found inputs of shape [60]',
  ],
])('%s of what is no image is refused', (_, given, message) => {
  expect(() => new Trainer(network(), { ...options, inputShape: [60], ...given })).toThrow(message);
});

it.each([
  [{ mean: [0.5, 0.4], std: 0.2 }, '[0.5, 0.4] and 0.2'],
  [{ mean: 0, std: [1, 1, 0] }, '0 and [1, 1, 0]'],
  [{ mean: ['a', 0, 0] as never, std: 1 }, '[a, 0, 0] and 1'],
])('a normalization of %j for three channels is refused', (wrong, found) => {
  const wanted =
    'normalization wants a mean and an std above 0, each a number or a list of one for each of the 3 channels';
  expect(() => new Trainer(network(), { ...options, inputShape: [3, 5, 4], normalization: wrong })).toThrow(
    `${wanted}, not ${found}`,
  );
  expect(() => batches(bytes, { batchSize: 2, normalization: wrong })).toThrow(`${wanted}, not ${found}`);
});

describe('a data set that changes between two steps', () => {
  /** The losses of six steps with a change behind each. */
  async function losses(train: Dataset, change: (dataset: { inputs: Dataset['inputs'] }) => void): Promise<number[]> {
    const trainer = new Trainer(network(), { ...options, inputShape: train.shape, workers: 2 });
    const { steps } = await course(trainer, train, { epochs: 2, afterStep: () => change(train) });
    return steps.map(({ loss }) => loss);
  }
  const negated = (inputs: Dataset['inputs']) => Float32Array.from(inputs, (value) => -value);

  it('is seen by the workers as this thread sees it, in shared arrays, in others, and where an array is replaced', async () => {
    const make = () => rows(bytes, asFloats(bytes));
    const inPlace = ({ inputs }: { inputs: Dataset['inputs'] }) => inputs.set(negated(inputs));
    const expected = await losses(make(), inPlace);
    expect(await losses(make(), () => {})).not.toEqual(expected);
    const own = make();
    expect(await losses({ ...own, inputs: Float32Array.from(own.inputs) as never }, inPlace)).toEqual(expected);
    const replaced = (dataset: { inputs: Dataset['inputs'] }) => {
      dataset.inputs = negated(dataset.inputs) as never;
    };
    expect(await losses({ ...make() }, replaced)).toEqual(expected);
  });
});
