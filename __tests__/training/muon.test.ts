import { describe, expect, it } from '@jest/globals';
import { batches, CrossEntropyLoss, Model, Muon, SGD } from '../../dist/index.js';
import type { RunSchedule, Trainer, TrainerOptions } from '../../dist/node.js';
import { weightsHash } from '../../src/training/weightsHash.js';
import { syntheticDataset } from '../support/dataset.js';
import { smallImages, smallNetwork, smallTrainer } from '../support/smallNetwork.js';

const train = syntheticDataset(46, smallImages);
const muon = () =>
  new Muon({ learningRate: 0.25, parameters: ['features'], others: new SGD({ learningRate: 0.125, momentum: 0.5 }) });

async function withTrainer<T>(options: Partial<TrainerOptions>, use: (trainer: Trainer) => T): Promise<T> {
  const trainer = smallTrainer({ optimizer: muon(), ...options });
  try {
    for await (const _ of trainer.fit(train, {
      epochs: 1,
      onStep: () => {
        if (trainer.steps === 2) trainer.learningRate = 0.0625;
      },
    }));
    return use(trainer);
  } finally {
    await trainer.close();
  }
}

/** The weights after an epoch in a loop of one's own, with these rates of Muon and of SGD in its steps. */
function hashOfLoop(rates: readonly (readonly [number, number])[]): string {
  const model = new Model(smallNetwork(), { inputShape: [2, 9, 9], batchSize: 16 });
  const [criterion, optimizer, normalization] = [new CrossEntropyLoss(), muon(), { mean: 0.5, std: 0.4 }];
  let step = 0;
  for (const { inputs, targets } of batches(train, { batchSize: 16, normalization, shuffle: { seed: 0, epoch: 0 } })) {
    model.backward(criterion.forward(model.forward(inputs), targets).gradient);
    [optimizer.learningRate, optimizer.others.learningRate] = rates[step++];
    optimizer.step(model);
  }
  return weightsHash(model.stateDict());
}

describe('a Trainer with Muon', () => {
  // Powers of two, whose ratios are exact.
  it.each<[string, RunSchedule, readonly [number, number][]]>([
    [
      'constant',
      { type: 'constant' },
      [
        [0.25, 0.125],
        [0.25, 0.125],
        [0.0625, 0.03125],
      ],
    ],
    [
      'exponential',
      { type: 'exponential', gamma: 0.5 },
      [
        [0.25, 0.125],
        [0.125, 0.0625],
        [0.015625, 0.0078125],
      ],
    ],
  ])(
    'and a rate that is %s until it is changed has the bits of a loop of one’s own: SGD’s keeps its ratio',
    async (_, schedule, rates) => {
      const found = await withTrainer({ schedule }, (trainer) => trainer.weightsHash());
      expect(found).toBe(hashOfLoop(rates));
    },
  );

  it('has a row of its own in a profile', async () => {
    const rows = await withTrainer({ profile: true }, (trainer) => trainer.profile());
    expect(rows.map(({ name, pass }) => `${name} ${pass}`)).toContain('Muon update');
  });
});
