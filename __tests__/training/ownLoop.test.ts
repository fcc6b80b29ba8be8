import { describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import {
  AdamW,
  batches,
  CrossEntropyLoss,
  HeddleError,
  learningRateFactor,
  Model,
  type Schedule,
  SGD,
  tensorDataset,
} from '../../dist/index.js';
import { Trainer } from '../../dist/node.js';
import { weightsHash } from '../../src/training/weightsHash.js';
import { syntheticDataset } from '../support/dataset.js';
import { golden, goldenCases, relativeError } from '../support/golden.js';
import { smallImages, smallNetwork } from '../support/smallNetwork.js';

const train = syntheticDataset(70, smallImages);
const normalization = { mean: 0.5, std: 0.4 };
const settings = { inputShape: [2, 9, 9], batchSize: 16, seed: 3 };

describe('a loop of one’s own: forward, loss, backward, step', () => {
  it.each([{}, { momentum: 0.9, weightDecay: 1e-3 }])(
    'of two epochs, the last batch smaller, has the bits and the mean loss of a Trainer’s, SGD %j',
    async (options) => {
      const model = new Model(smallNetwork(), settings);
      const criterion = new CrossEntropyLoss();
      const optimizer = new SGD({ learningRate: 0.05, ...options });
      const losses: number[] = [];
      for (const epoch of [0, 1]) {
        let sum = 0;
        for (const { inputs, targets } of batches(train, {
          batchSize: 16,
          normalization,
          shuffle: { seed: 3, epoch },
        })) {
          const { loss, gradient } = criterion.forward(model.forward(inputs), targets);
          model.backward(gradient);
          optimizer.step(model);
          sum += loss * targets.size;
        }
        losses.push(sum / 70);
      }

      const trainer = new Trainer(smallNetwork(), { ...settings, optimizer, normalization, workers: 2 });
      try {
        const reports = [];
        for await (const { trainLoss } of trainer.fit(train, { epochs: 2 })) reports.push(trainLoss);
        expect(weightsHash(model.stateDict())).toBe(trainer.weightsHash());
        // Sums of the same float64 numbers in two orders.
        for (const [epoch, loss] of losses.entries()) expect(Math.abs(loss - reports[epoch])).toBeLessThan(1e-12);
      } finally {
        await trainer.close();
      }
    },
  );

  it('with AdamW, a schedule and label smoothing has the bits of a Trainer’s', async () => {
    const schedule: Schedule = { type: 'cosine', totalSteps: 10, warmupSteps: 2 };
    const [labelSmoothing, optimizer] = [0.1, new AdamW({ learningRate: 0.01, decay: 'weights' })];
    const trainer = new Trainer(smallNetwork(), {
      ...settings,
      optimizer,
      schedule,
      loss: new CrossEntropyLoss({ labelSmoothing }),
      normalization,
      workers: 2,
    });
    const model = new Model(smallNetwork(), settings);
    const criterion = new CrossEntropyLoss({ labelSmoothing });
    let steps = 0;
    for (const epoch of [0, 1])
      for (const { inputs, targets } of batches(train, { batchSize: 16, normalization, shuffle: { seed: 3, epoch } })) {
        model.backward(criterion.forward(model.forward(inputs), targets).gradient);
        optimizer.learningRate = 0.01 * learningRateFactor(schedule, steps++);
        optimizer.step(model);
      }
    try {
      for await (const _ of trainer.fit(train, { epochs: 2 }));
      expect(weightsHash(model.stateDict())).toBe(trainer.weightsHash());
    } finally {
      await trainer.close();
    }
  });

  it('may change gradients before the step: scaled by ½, the step at rate 2r is the step at rate r, to the bit', () => {
    const [batch] = [...batches(train, { batchSize: 16 })];
    const [halved, plain] = [0.2, 0.1].map((learningRate) => {
      const model = new Model(smallNetwork(), settings);
      const { gradient } = new CrossEntropyLoss().forward(model.forward(batch.inputs), batch.targets);
      model.backward(gradient);
      if (learningRate === 0.2)
        for (const { data } of model.gradients().values()) for (const [i, value] of data.entries()) data[i] = value / 2;
      new SGD({ learningRate }).step(model);
      return weightsHash(model.stateDict());
    });
    expect(halved).toBe(plain);
  });
});

describe('CrossEntropyLoss.forward', () => {
  it.each(goldenCases('crossentropy'))('%s: loss and gradient within 1e-6, relative, of PyTorch’s', (name) => {
    const value = golden(name);
    const { loss, gradient } = new CrossEntropyLoss().forward(value('x'), value('target').data);
    expect(relativeError([loss], value('loss').data)).toBeLessThan(1e-6);
    expect(gradient.shape).toEqual(value('x').shape);
    expect(relativeError(gradient.data, value('dx').data)).toBeLessThan(1e-6);
  });

  const logits = ndarray(new Float32Array(6), [2, 3]);
  it.each([
    ['one target for two samples', [1], 'there are 1 targets for 2 samples'],
    ['a target of 3 for three classes', [0, 3], 'target 1 is 3; expected a class number from 0 to 2'],
    ['a target of -1', [-1, 0], 'target 0 is -1'],
    ['a target of 0.5', [0.5, 0], 'target 0 is 0.5'],
  ])('refuses %s', (_, targets, message) => {
    try {
      new CrossEntropyLoss().forward(logits, targets);
    } catch (error) {
      expect(error).toBeInstanceOf(HeddleError);
      expect(String(error)).toContain(message);
      return;
    }
    throw new Error('nothing thrown');
  });
});

describe('batches', () => {
  it('come in order unless shuffled, scaled, with their labels and a smaller last one', () => {
    const found = [...batches(train, { batchSize: 32, normalization })];
    expect(found.map(({ inputs, targets }) => [inputs.shape, targets.shape])).toEqual([
      [[32, 2, 9, 9], [32]],
      [[32, 2, 9, 9], [32]],
      [[6, 2, 9, 9], [6]],
    ]);
    expect(found.flatMap(({ targets }) => [...targets.data])).toEqual([...train.targets]);
    const pixels = found.flatMap(({ inputs }) => [...inputs.data]);
    expect(pixels).toEqual([...train.inputs].map((value) => Math.fround((value / 255 - 0.5) / 0.4)));
  });

  it('shuffled, hold each sample once, in an order that differs by seed and epoch', () => {
    const numbered = tensorDataset(
      ndarray(
        Uint8Array.from({ length: 50 }, (_, i) => i),
        [50, 1, 1],
      ),
      new Uint8Array(50),
    );
    const orders = [
      [0, 0],
      [0, 1],
      [1, 0],
    ].map(([seed, epoch]) =>
      [...batches(numbered, { batchSize: 7, shuffle: { seed, epoch } })].flatMap(({ inputs }) =>
        [...inputs.data].map((value) => Math.round(255 * value)),
      ),
    );
    for (const order of orders)
      expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(new Set(orders.map(String)).size).toBe(3);
  });
});
