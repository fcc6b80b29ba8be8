import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d, Conv2d, type Dataset, Flatten, HeddleError, Linear, Sequential, SGD } from '../../dist/index.js';
import { Trainer } from '../../dist/node.js';
import { syntheticDataset } from '../support/dataset.js';
import { smallImages, smallTrainer } from '../support/smallNetwork.js';

const images = syntheticDataset(46, smallImages);

async function failure(work: () => Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await work().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HeddleError);
  return error as HeddleError;
}

const trainOneEpoch = async (trainer: Trainer, train: Dataset, test?: Dataset) => {
  for await (const _ of trainer.fit(train, { epochs: 1, ...(test ? { test } : {}) }));
};

describe('a signal', () => {
  it('that aborts during step 2 of 3 ends the training after step 2: no third step, no report, its weights stay', async () => {
    const trainer = smallTrainer();
    const controller = new AbortController();
    const hashes: string[] = [];
    let reports = 0;
    const onStep = ({ step }: { step: number }) => {
      hashes.push(trainer.weightsHash());
      if (step === 2) controller.abort();
    };
    try {
      for await (const _ of trainer.fit(images, { epochs: 3, test: images, signal: controller.signal, onStep }))
        reports++;
      expect([hashes.length, reports]).toEqual([2, 0]);
      expect(new Set(hashes).size).toBe(2);
      expect(trainer.weightsHash()).toBe(hashes[1]);
    } finally {
      await trainer.close();
    }
  });

  it('that has aborted before takes no step and leaves the weights as they were', async () => {
    const trainer = smallTrainer();
    const before = trainer.weightsHash();
    let steps = 0;
    try {
      const onStep = () => steps++;
      for await (const _ of trainer.fit(images, { epochs: 1, signal: AbortSignal.abort(), onStep }));
      expect([steps, trainer.weightsHash()]).toEqual([0, before]);
    } finally {
      await trainer.close();
    }
  });
});

describe('close()', () => {
  it.each([0, 2])(
    'during a fit, %d ms after a step, makes it reject with STATE, which says that the trainer was closed',
    async (delay) => {
      const trainer = smallTrainer();
      let closed: Promise<void> | undefined;
      const onStep = () => {
        if (delay === 0) closed ??= trainer.close();
        else
          setTimeout(() => {
            closed ??= trainer.close();
          }, delay);
      };
      const { code, message } = await failure(async () => {
        for await (const _ of trainer.fit(images, { epochs: 1000, onStep }));
      });
      await closed;
      expect([code, message]).toEqual(['STATE', expect.stringMatching(/^the trainer was closed/)]);
    },
  );

  it('before a fit or an evaluation makes both reject with STATE, and may come twice', async () => {
    const trainer = smallTrainer();
    await trainer.close();
    await trainer.close();
    for (const work of [() => trainOneEpoch(trainer, images), () => trainer.evaluate(images)])
      expect(await failure(work)).toMatchObject({ code: 'STATE', message: expect.stringContaining('was closed') });
  });
});

describe('a data set that does not fit is refused with HeddleError SHAPE before any step:', () => {
  const relabelled = (label: number) => {
    const dataset = syntheticDataset(46, smallImages);
    dataset.targets[40] = label;
    return dataset;
  };
  const cases: [string, Dataset, string[]][] = [
    ['label 3 of image 40 for classes 0 to 2', relabelled(3), ['target of sample 40', '3', '0 to 2']],
    ['label 255', relabelled(255), ['target', '255', '0 to 2']],
    [
      'images of 2×8×9 for a model of 2×9×9',
      syntheticDataset(46, { ...smallImages, size: 8, width: 9 }),
      ['[2, 8, 9]', '[2, 9, 9]'],
    ],
    ['images of 1×9×9 for a model of 2×9×9', syntheticDataset(9, { size: 9 }), ['[1, 9, 9]', '[2, 9, 9]']],
    ['45 labels for 46 images', { ...images, targets: images.targets.subarray(0, 45) }, ['45', '46']],
    ['45 images’ pixels for 46 images', { ...images, inputs: images.inputs.subarray(0, 45 * 162) }, ['7290', '7452']],
  ];

  it.each(cases)(
    '%s, naming both sides, by fit as training and as test set and by evaluate',
    async (_, wrong, parts) => {
      const trainer = smallTrainer();
      const before = trainer.weightsHash();
      try {
        for (const work of [
          () => trainOneEpoch(trainer, wrong),
          () => trainOneEpoch(trainer, images, wrong),
          () => trainer.evaluate(wrong),
        ]) {
          const { code, message } = await failure(work);
          expect(code).toBe('SHAPE');
          for (const part of parts) expect(message).toContain(part);
          expect(trainer.weightsHash()).toBe(before);
        }
      } finally {
        await trainer.close();
      }
    },
  );
});

describe('a worker that throws', () => {
  // PyTorch too refuses to normalise a single value per channel in training.
  const failing = (workers: number) =>
    new Trainer(new Sequential([new Conv2d(1, 4, 8), new BatchNorm2d(4), new Flatten(), new Linear(4, 3)]), {
      inputShape: [1, 8, 8],
      optimizer: new SGD({ learningRate: 0.1 }),
      batchSize: 1,
      workers,
    });
  const single = syntheticDataset(4);

  it.each([1, 2, 3])(
    'of %d makes fit fail within 10 s with HeddleError WORKER and its message; close() works after it, within 10 s',
    async (workers) => {
      const trainer = failing(workers);
      const start = performance.now();
      const { code, message } = await failure(() => trainOneEpoch(trainer, single));
      expect(code).toBe('WORKER');
      expect(message).toMatch(/step 1\b.*BatchNorm2d.*more than one value per channel/);
      await trainer.close();
      expect(performance.now() - start).toBeLessThan(10_000);
    },
  );

  it('of 3 ends the use of the trainer: what it is asked next it refuses with HeddleError STATE', async () => {
    const trainer = failing(3);
    try {
      await failure(() => trainOneEpoch(trainer, single));
      expect((await failure(() => trainer.evaluate(single))).code).toBe('STATE');
      expect((await failure(() => trainOneEpoch(trainer, single))).code).toBe('STATE');
    } finally {
      await trainer.close();
    }
  });
});

describe('a trainer refuses with HeddleError STATE', () => {
  it('a second evaluation while one runs, which goes on undisturbed', async () => {
    const trainer = smallTrainer();
    try {
      const alone = await trainer.evaluate(images);
      const first = trainer.evaluate(images);
      expect((await failure(() => trainer.evaluate(images))).code).toBe('STATE');
      expect(await first).toEqual(alone);
    } finally {
      await trainer.close();
    }
  });

  it('an evaluation and a fit while one of the average of the weights waits for onBatch, whose results stay', async () => {
    const trainer = smallTrainer({ averageDecay: 0.5 });
    try {
      await trainOneEpoch(trainer, images);
      const [alone, weights] = [await trainer.evaluate(images), trainer.weightsHash()];
      const codes: string[] = [];
      const onBatch = async () => {
        for (const work of [() => trainer.evaluate(images), () => trainOneEpoch(trainer, images)])
          codes.push((await failure(work)).code);
      };
      expect(await trainer.evaluate(images, { onBatch })).toEqual(alone);
      expect(codes).toEqual(Array(6).fill('STATE'));
      expect(trainer.weightsHash()).toBe(weights);
    } finally {
      await trainer.close();
    }
  });

  it('an evaluation after close()', async () => {
    const trainer = smallTrainer();
    await trainer.close();
    expect((await failure(() => trainer.evaluate(images))).code).toBe('STATE');
  });
});

it.each([
  ['workers', { workers: 0 }],
  ['workers', { workers: 1.5 }],
  ['batchSize', { batchSize: 0 }],
  ['batchSize', { batchSize: 2.5 }],
  ['shards', { shards: 0 }],
])('%s out of range, %j, is refused with HeddleError ARGUMENT that names it', async (name, options) => {
  const { code, message } = await failure(async () => smallTrainer(options).close());
  expect(code).toBe('ARGUMENT');
  expect(message).toContain(name);
});
