import { describe, expect, it } from '@jest/globals';
import { batches, CrossEntropyLoss, Model, SGD } from '../../dist/index.js';
import { decodeCheckpoint, encodeCheckpoint, type Trainer, type TrainerOptions } from '../../dist/node.js';
import { weightsHash } from '../../src/training/weightsHash.js';
import { syntheticDataset } from '../support/dataset.js';
import { smallImages, smallNetwork, smallTrainer } from '../support/smallNetwork.js';

const train = syntheticDataset(46, smallImages);
const grouped = (learningRate: number) =>
  new SGD({
    learningRate,
    momentum: 0.9,
    groups: [{ parameters: ['classifier'], learningRate: 0.125 }, { parameters: ['features.0'] }],
  });

async function withTrainer<T>(options: Partial<TrainerOptions>, use: (trainer: Trainer) => Promise<T>): Promise<T> {
  const trainer = smallTrainer(options);
  try {
    return await use(trainer);
  } finally {
    await trainer.close();
  }
}

describe('a Trainer’s learning rate', () => {
  it('set between steps and between fits has the bits of a loop that sets its optimizer’s, the groups in ratio', async () => {
    // Powers of two, whose ratios are exact.
    const rates = [0.25, 0.25, 0.0625, 0.0625, 0.5, 0.5];
    const found = await withTrainer({ optimizer: grouped(0.25) }, async (trainer) => {
      const onStep = () => {
        if (trainer.steps === 2) trainer.learningRate = 0.0625;
      };
      for await (const _ of trainer.fit(train, { epochs: 1, onStep }));
      expect(trainer.learningRate).toBe(0.0625);
      const stop = new AbortController();
      const once = () => stop.abort();
      for await (const _ of trainer.fit(train, { epochs: 1, signal: stop.signal, onStep: once }));
      trainer.learningRate = 0.5;
      for await (const _ of trainer.fit(train, { epochs: 1 }));
      return trainer.weightsHash();
    });

    const model = new Model(smallNetwork(), { inputShape: [2, 9, 9], batchSize: 16 });
    const [criterion, optimizer, normalization] = [new CrossEntropyLoss(), grouped(0.25), { mean: 0.5, std: 0.4 }];
    let steps = 0;
    for (const epoch of [0, 1])
      for (const { inputs, targets } of batches(train, { batchSize: 16, normalization, shuffle: { seed: 0, epoch } })) {
        model.backward(criterion.forward(model.forward(inputs), targets).gradient);
        optimizer.learningRate = rates[steps++];
        if (optimizer.groups) optimizer.groups[0].learningRate = optimizer.learningRate / 2;
        optimizer.step(model);
      }
    expect([steps, found]).toEqual([6, weightsHash(model.stateDict())]);
  });

  it('is what a schedule multiplies', async () => {
    await withTrainer({ schedule: { type: 'exponential', gamma: 0.5 } }, async (trainer) => {
      trainer.learningRate = 0.2;
      const rates = [trainer.learningRate];
      for await (const _ of trainer.fit(train, { epochs: 1, onStep: () => rates.push(trainer.learningRate) }));
      expect(rates).toEqual([0.2, 0.1, 0.05, 0.025]);
    });
  });

  it.each([-1, Number.NaN, Infinity, '0.1', undefined])('of %p is refused: ARGUMENT', async (rate) => {
    await withTrainer({}, async (trainer) => {
      const set = () => {
        trainer.learningRate = rate as number;
      };
      expect(set).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
    });
  });

  it('wants an optimizer, whose own is above 0 where its groups have others: STATE, ARGUMENT', async () => {
    const set = (optimizer: SGD | undefined) =>
      withTrainer({ optimizer: optimizer as SGD }, async (trainer) => {
        trainer.learningRate = 0.1;
      });
    await expect(set(undefined)).rejects.toThrow('the trainer has no optimizer');
    await expect(set(grouped(0))).rejects.toThrow("the optimizer's own learningRate is 0, to which its groups' rates");
    await expect(set(new SGD({ learningRate: 0 }))).resolves.toBeUndefined();
  });

  it('of a checkpoint is refused for another number of groups: CHECKPOINT', async () => {
    await withTrainer({ optimizer: grouped(0.1) }, async (trainer) => {
      const { position, ...checkpoint } = trainer.checkpoint();
      expect(() => trainer.restore({ ...checkpoint, position: { ...position, learningRates: [0.1] } })).toThrow(
        'the checkpoint has 1 learning rates, and the optimizer with its groups 3',
      );
      const damaged = { ...checkpoint, position: { ...position, learningRates: [-1] } };
      expect(() => decodeCheckpoint(encodeCheckpoint(damaged))).toThrow('as learningRates.0; found');
    });
  });
});

describe('a plateau’s schedule', () => {
  const trained = (options: Partial<TrainerOptions>, sets = {}) =>
    withTrainer(options, async (trainer) => {
      for await (const _ of trainer.fit(train, { epochs: 1, ...sets }));
    });

  it.each<[NonNullable<TrainerOptions['schedule']>, string]>([
    [
      { type: 'plateau' },
      'a schedule of type plateau goes by validationLoss unless its metric says otherwise, and fit got no validation set; ' +
        'give it one (see randomSplit), or a metric, one of trainLoss, trainAccuracy',
    ],
    [{ type: 'plateau', metric: 'testAccuracy' }, "one of trainLoss, trainAccuracy, not 'testAccuracy'"],
    [{ type: 'plateau', metric: 'accuracy' as 'trainLoss' }, "one of trainLoss, trainAccuracy, not 'accuracy'"],
    [{ type: 'plateau', metric: 3 as never }, 'metric must be a string, not 3'],
    [{ type: 'plateau', factor: 2 }, 'factor'],
  ])('%j is refused before the first step: ARGUMENT', async (schedule, message) => {
    await expect(trained({ schedule })).rejects.toThrow(
      expect.objectContaining({ code: 'ARGUMENT', message: expect.stringContaining(message) }),
    );
  });

  it('goes by the training loss where it is asked to, without other sets', async () => {
    await expect(trained({ schedule: { type: 'plateau', metric: 'trainLoss' } })).resolves.toBeUndefined();
    await expect(trained({ schedule: { type: 'plateau' } }, { validation: train })).resolves.toBeUndefined();
  });
});
