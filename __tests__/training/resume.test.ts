import { describe, expect, it } from '@jest/globals';
import { Flatten, HeddleError, Linear, type Module, ReLU, Sequential, SGD } from '../../dist/index.js';
import { decodeCheckpoint, encodeCheckpoint, Trainer, type TrainerOptions } from '../../dist/node.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, type Course, checkpointedCourse, course, smallImages, smallTrainer } from '../support/smallNetwork.js';

const train = syntheticDataset(46, smallImages);
const test = syntheticDataset(20, { ...smallImages, sample: 1 });
const optimizer = new SGD({ learningRate: 0.05, momentum: 0.9 });

/** Two epochs of three steps; what is wanted of each run below, and a checkpoint after each step. */
const uninterrupted = () => checkpointedCourse(smallTrainer({ optimizer }), train, { epochs: 2, test });

/** Goes on from a checkpoint to the end of the second epoch. */
async function resumed(checkpoint: Uint8Array, options: Partial<TrainerOptions> = {}): Promise<Course> {
  const trainer = smallTrainer({ optimizer, ...options });
  trainer.restore(decodeCheckpoint(checkpoint));
  return course(trainer, train, { epochs: 2 - trainer.epochsDone, test });
}

async function problem(work: (trainer: Trainer) => unknown, options: Partial<TrainerOptions> = {}): Promise<string> {
  const trainer = smallTrainer(options);
  try {
    await work(trainer);
    return 'nothing thrown';
  } catch (error) {
    return error instanceof HeddleError ? `${error.code}: ${error.message}` : String(error);
  } finally {
    await trainer.close();
  }
}

describe('a run that goes on from a checkpoint', () => {
  it('has the steps, metrics and weights of the uninterrupted one to the bit, from each of 6 steps and with 1 to 7 workers', async () => {
    const { course: whole, checkpoints } = await uninterrupted();
    const wanted = bits(whole);
    expect(checkpoints).toHaveLength(6);
    for (const [i, checkpoint] of checkpoints.entries()) {
      const found = bits(await resumed(checkpoint, { workers: [1, 2, 3, 7][i % 4] }));
      expect([i, found.weightsHash]).toEqual([i, wanted.weightsHash]);
      expect([i, found.steps]).toEqual([i, wanted.steps.slice(i + 1)]);
      expect([i, found.epochs]).toEqual([i, wanted.epochs.slice(i < 3 ? 0 : 1)]);
    }
  });

  it('may use other kernels: reference goes on with what simd began, to the bit', async () => {
    const { course: whole, checkpoints } = await uninterrupted();
    expect((await resumed(checkpoints[3], { kernels: 'reference' })).weightsHash).toBe(whole.weightsHash);
  });
});

describe('a signal', () => {
  it('that stops an epoch leaves it to the next fit, whose metrics and weights are those of an uninterrupted run', async () => {
    const wanted = bits((await uninterrupted()).course);
    const trainer = smallTrainer({ optimizer });
    const controller = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 2 && controller.abort();
    for await (const _ of trainer.fit(train, { epochs: 2, test, signal: controller.signal, onStep }));
    expect([trainer.steps, trainer.epochsDone]).toEqual([2, 0]);
    const found = bits(await course(trainer, train, { epochs: 2, test }));
    expect([found.weightsHash, found.epochs]).toEqual([wanted.weightsHash, wanted.epochs]);
  });

  it('that stops an evaluation leaves the epoch without a report until the next fit has evaluated it', async () => {
    const wanted = bits((await uninterrupted()).course);
    const trainer = smallTrainer({ optimizer });
    const controller = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 3 && controller.abort();
    for await (const _ of trainer.fit(train, { epochs: 1, test, signal: controller.signal, onStep }))
      throw new Error('a report of an epoch that was not evaluated');
    expect([trainer.steps, trainer.epochsDone]).toEqual([3, 0]);
    expect(bits(await course(trainer, train, { epochs: 1, test })).epochs).toEqual(wanted.epochs.slice(0, 1));
  });
});

describe('restore refuses, naming what differs, and changes nothing:', () => {
  const checkpoint = async (options: Partial<TrainerOptions> = {}) => {
    const trainer = smallTrainer(options);
    try {
      for await (const _ of trainer.fit(train, { epochs: 1, test }));
      return decodeCheckpoint(encodeCheckpoint(trainer.checkpoint()));
    } finally {
      await trainer.close();
    }
  };

  it.each([
    ['another seed', { seed: 1 }, 'seed is 1 here and 0 there'],
    ['another batch size', { batchSize: 8 }, 'batchSize is 8 here and 16 there'],
    ['another number of shards', { shards: 4 }, 'shards is 4 here and 20 there'],
    ['another convolution', { convolution: 'im2col' }, 'convolution is "im2col" here and "auto" there'],
    ['a learning rate', { optimizer: new SGD({ learningRate: 0.1 }) }, 'optimizer is {"learningRate":0.1'],
    ['another scaling of pixels', { normalization: { mean: 0, std: 1 } }, 'normalization is {"mean":0,"std":1} here'],
  ] satisfies [string, Partial<TrainerOptions>, string][])('%s', async (_, options, text) => {
    const found = await checkpoint();
    const message = await problem((trainer) => {
      const before = trainer.weightsHash();
      try {
        trainer.restore(found);
      } finally {
        expect([trainer.weightsHash(), trainer.steps]).toEqual([before, 0]);
      }
    }, options);
    expect(message).toContain('CHECKPOINT: ');
    expect(message).toContain(text);
  });

  it('a training set or a test set with one pixel changed, when fit is given it', async () => {
    const found = await checkpoint();
    for (const [what, change] of [
      ['training', { train: true }],
      ['test', { train: false }],
    ] as const) {
      const changed = syntheticDataset(change.train ? 46 : 20, {
        ...smallImages,
        ...(change.train ? {} : { sample: 1 }),
      });
      changed.inputs[100] ^= 1;
      const message = await problem(async (trainer) => {
        trainer.restore(found);
        const [trainSet, testSet] = change.train ? [changed, test] : [train, changed];
        for await (const _ of trainer.fit(trainSet, { epochs: 1, test: testSet }));
      });
      expect(message).toContain(`CHECKPOINT: the checkpoint is of a run with another ${what} set`);
    }
  });

  it.each([
    ['another version of heddle', '0.0.9', 'is of heddle 0.0.9 and this is heddle'],
    ['no version', undefined, 'is of heddle without a version and'],
  ])('%s', async (_, version, text) => {
    const found = await checkpoint();
    const settings = { ...found.settings, version };
    const message = await problem((trainer) => trainer.restore({ ...found, settings }));
    expect(message).toContain('CHECKPOINT: ');
    expect(message).toContain(text);
  });

  it('tensors of another model', async () => {
    const found = await checkpoint();
    const model = new Map([...found.model].filter(([name]) => name !== 'features.0.weight'));
    expect(await problem((trainer) => trainer.restore({ ...found, model }))).toContain('features.0.weight is missing');
  });
});

describe('a loss that is not finite', () => {
  it('stops the run with HeddleError DIVERGED, naming step, epoch, image and the first layer, from a learning rate of 1e30', async () => {
    const message = await problem(
      async (trainer) => {
        for await (const _ of trainer.fit(train, { epochs: 2 }));
      },
      { optimizer: new SGD({ learningRate: 1e30 }) },
    );
    expect(message).toMatch(
      /^DIVERGED: the loss of training image \d+ is (NaN|Infinity) in step 2, epoch 1; the first layer with such an output is features\.\d \w+/,
    );
  });
});

describe('a checkpoint of a network', () => {
  class Net extends Sequential {}
  const layers = (outputs = 3) => [new Flatten(), new Linear(162, outputs)];
  const trainerOf = (network: Module) =>
    new Trainer(network, { inputShape: [2, 9, 9], optimizer, batchSize: 16, workers: 1 });

  it('fits one whose modules’ classes have other names', async () => {
    const [one, other] = [new Net(layers()), new Sequential(layers())].map(trainerOf);
    try {
      expect(() => other.restore(one.checkpoint())).not.toThrow();
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });

  it.each([
    [
      'a layer',
      () => new Sequential(layers(4)),
      /the network has .*"name":"1".*\[162,4,.* here and .*\[162,3,.* there/,
    ],
    [
      'a layer more',
      () => new Sequential([...layers(), new ReLU()]),
      /the network has .*"name":"2".* here and \["1"\]|"1" there/,
    ],
  ])('is refused for one with another %s, which it names: CHECKPOINT', async (_, network, message) => {
    const [one, other] = [new Net(layers()), network()].map(trainerOf);
    try {
      expect(() => other.restore(one.checkpoint())).toThrow(message);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });
});
