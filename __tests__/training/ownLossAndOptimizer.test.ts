import { beforeAll, describe, expect, it } from '@jest/globals';
import { batches, Model, SGD } from '../../dist/index.js';
import { decodeCheckpoint, encodeCheckpoint, type TrainerOptions } from '../../dist/node.js';
import { Lion } from '../../examples/lion.js';
import { SquaredError } from '../../examples/squaredError.js';
import { weightsHash } from '../../src/training/weightsHash.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, type Course, course, smallImages, smallNetwork, smallTrainer } from '../support/smallNetwork.js';

const train = syntheticDataset(70, smallImages);
const test = syntheticDataset(33, { ...smallImages, sample: 1 });
const layerModules = ['dist/examples/lion.js', 'dist/examples/squaredError.js'];
const optimizer = new Lion({ learningRate: 0.002, weightDecay: 0.1 });
const options: Partial<TrainerOptions> = { optimizer, loss: new SquaredError(), layerModules };
const run = (workers: number) => course(smallTrainer({ ...options, workers }), train, { epochs: 4, test });

/** The same four epochs in a loop of one's own, with the loss's gradient by hand. */
function byHand(): string {
  const model = new Model(smallNetwork(), { inputShape: [2, 9, 9], batchSize: 16 });
  const rule = new Lion({ learningRate: 0.002, weightDecay: 0.1 });
  const normalization = { mean: 0.5, std: 0.4 };
  for (const epoch of [0, 1, 2, 3])
    for (const { inputs, targets } of batches(train, { batchSize: 16, normalization, shuffle: { seed: 0, epoch } })) {
      const output = [...model.forward(inputs).data.subarray(0, 3 * targets.size)];
      const upstream = output.map(
        (y, i) => (2 * (y - Number(i % 3 === targets.data[Math.floor(i / 3)]))) / targets.size,
      );
      model.backward({ shape: [targets.size, 3], data: Float32Array.from(upstream) });
      rule.step(model);
    }
  return weightsHash(model.stateDict());
}

describe('a Trainer with an optimizer and a loss of one’s own', () => {
  let alone: Course;
  beforeAll(async () => {
    alone = await run(1);
  });

  it('learns 3 classes in 4 epochs: at least 90% of 33 other images right, at a squared error below that of knowing nothing, 2/3', () => {
    const { testAccuracy, testLoss } = alone.epochs[3];
    expect(testAccuracy).toBeGreaterThanOrEqual(0.9);
    expect(testLoss).toBeLessThan(2 / 3);
  });

  it('has the bits of a loop of one’s own with the same, and on 2 workers those of 1', async () => {
    expect(alone.weightsHash).toBe(byHand());
    expect(bits(await run(2))).toEqual(bits(alone));
  });

  it('goes on from a checkpoint to the same bits, which holds what the optimizer remembers', async () => {
    const first = smallTrainer({ ...options, workers: 2 });
    for await (const _ of first.fit(train, { epochs: 2, test }));
    const checkpoint = decodeCheckpoint(encodeCheckpoint(first.checkpoint()));
    await first.close();
    expect([...checkpoint.optimizer.keys()]).toContain('classifier.1.weight.exp_avg');
    const second = smallTrainer({ ...options, workers: 1 });
    second.restore(checkpoint);
    expect((await course(second, train, { epochs: 2, test })).weightsHash).toBe(alone.weightsHash);
  });

  it.each<[string, Partial<TrainerOptions>, string]>([
    ['another loss', { optimizer }, 'loss is {"type":"CrossEntropyLoss","labelSmoothing":0} here and {"type":"Squared'],
    [
      'another optimizer',
      { loss: new SquaredError(), optimizer: new SGD({ learningRate: 1 }) },
      'optimizer is {"learn',
    ],
  ])('refuses the checkpoint of a run with %s by name', async (_, other, message) => {
    const [mine, others] = [smallTrainer({ ...options, workers: 1 }), smallTrainer({ ...other, layerModules })];
    try {
      expect(() => others.restore(mine.checkpoint())).toThrow(message);
    } finally {
      await mine.close();
      await others.close();
    }
  });

  it('ends with WORKER where no module registers them: no loss of that type', async () => {
    const trainer = smallTrainer({ ...options, layerModules: ['dist/examples/lion.js'] });
    try {
      await expect(trainer.fit(train, { epochs: 1 }).next()).rejects.toMatchObject({
        code: 'WORKER',
        message: expect.stringContaining(
          "no loss of type 'SquaredError'; there are BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, SmoothL1Loss. See registerLoss for your own",
        ),
      });
    } finally {
      await trainer.close();
    }
  });
});

describe('an optimizer whose fields are not its constructor’s options', () => {
  class Unregistered extends Lion {
    override readonly type = 'Unregistered' as 'Lion';
  }
  class Extra extends Lion {
    readonly scale = Math.fround(this.learningRate);
  }

  it.each([
    [
      'of a type that is not registered',
      Unregistered,
      "no optimizer of type 'Unregistered'; there are SGD, Adam, AdamW",
    ],
    ['with one field more', Extra, 'expected Lion with arguments like [{"learningRate":0.1,'],
  ])('%s is refused when the Trainer is made: ARGUMENT', (_, type, message) => {
    expect(() => smallTrainer({ optimizer: new type({ learningRate: 0.1 }) })).toThrow(
      expect.objectContaining({ code: 'ARGUMENT', message: expect.stringContaining(message) }),
    );
  });
});
