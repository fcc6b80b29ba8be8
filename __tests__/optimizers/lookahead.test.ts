import { describe, expect, it } from '@jest/globals';
import { batches, CrossEntropyLoss, Model, SGD } from '../../dist/index.js';
import type { TrainerOptions } from '../../dist/node.js';
import { weightsHash } from '../../src/training/weightsHash.js';
import { syntheticDataset } from '../support/dataset.js';
import { course, smallImages, smallNetwork, smallTrainer } from '../support/smallNetwork.js';

const { fround } = Math;
const train = syntheticDataset(46, smallImages);
const momentum = () => new SGD({ learningRate: 0.05, momentum: 0.9 });

/** Three epochs of three steps. */
const hashOf = async (options: Partial<TrainerOptions>) =>
  (await course(smallTrainer({ optimizer: momentum(), ...options }), train, { epochs: 3 })).weightsHash;

/** The same by a loop of one's own, with Algorithm 1 of the paper behind each step. */
function byHand(steps: number, alpha: number, frozen: readonly string[]): string {
  const model = new Model(smallNetwork(), { inputShape: [2, 9, 9], batchSize: 16, frozen });
  const [criterion, optimizer] = [new CrossEntropyLoss(), momentum()];
  const weights = model.parameters.map(({ data }) => data);
  let slow = weights.map((fast) => fast.slice());
  let taken = 0;
  for (const epoch of [0, 1, 2])
    for (const { inputs, targets } of batches(train, {
      batchSize: 16,
      normalization: { mean: 0.5, std: 0.4 },
      shuffle: { seed: 0, epoch },
    })) {
      model.backward(criterion.forward(model.forward(inputs), targets).gradient);
      optimizer.step(model);
      if (++taken % steps > 0) continue;
      slow = slow.map((before, i) =>
        before.map((from, at) => fround(from + fround(fround(weights[i][at] - from) * fround(alpha)))),
      );
      for (const [i, fast] of weights.entries()) fast.set(slow[i]);
      model.weightsChanged();
    }
  return weightsHash(model.stateDict());
}

describe('Lookahead', () => {
  it.each([
    [1, 0.5, []],
    [2, 0.8, []],
    [4, 0.5, ['features.3', 'classifier.1.bias']],
    [9, 0.25, []],
    [10, 0.5, []],
  ])(
    'of %d steps and α %d, with %j frozen, has the bits of the paper’s algorithm around SGD with momentum',
    async (steps, alpha, frozen) => {
      expect(await hashOf({ lookahead: { steps, alpha }, frozen })).toBe(byHand(steps, alpha, frozen));
    },
  );

  it('looks 5 steps ahead and goes half of the way unless told otherwise', async () => {
    expect(await hashOf({ lookahead: {} })).toBe(byHand(5, 0.5, []));
  });

  it('leaves the bits of a run as they are where its first round does not end, and changes them where it does', async () => {
    const plain = await hashOf({});
    expect(await hashOf({ lookahead: { steps: 10 } })).toBe(plain);
    expect(await hashOf({ lookahead: { steps: 9 } })).not.toBe(plain);
  });

  it('has its slow weights in a checkpoint, of what is trained', async () => {
    const trainer = smallTrainer({ lookahead: {}, frozen: ['features'] });
    try {
      expect([...trainer.checkpoint().optimizer.keys()]).toEqual([
        'classifier.1.weight.lookahead',
        'classifier.1.bias.lookahead',
      ]);
    } finally {
      await trainer.close();
    }
  });
});
