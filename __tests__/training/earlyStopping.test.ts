import { beforeAll, describe, expect, it } from '@jest/globals';
import { SGD } from '../../dist/index.js';
import {
  decodeCheckpoint,
  type EpochReport,
  encodeCheckpoint,
  type FitOptions,
  type Trainer,
  type TrainerOptions,
} from '../../dist/node.js';
import type { Dataset } from '../../src/data/dataset.js';
import { syntheticDataset } from '../support/dataset.js';
import { smallImages, smallTrainer } from '../support/smallNetwork.js';

const train = syntheticDataset(46, smallImages);
const test = syntheticDataset(20, { ...smallImages, sample: 1 });
// Labels that no image tells: the accuracy goes up and down by chance.
const validation = syntheticDataset(30, { ...smallImages, sample: 2 });
validation.targets.set(validation.targets.map((_, i) => Math.floor(i / 10)));

interface Run {
  readonly epochs: readonly EpochReport[];
  /** After each epoch, and at the end. */
  readonly hashes: readonly string[];
  readonly end: string;
  /** After each step. */
  readonly checkpoints: readonly Uint8Array[];
}

async function run(
  options: Partial<TrainerOptions>,
  fit: Partial<FitOptions> & { epochs: number },
  begin: (trainer: Trainer) => void = () => {},
): Promise<Run> {
  const trainer = smallTrainer({ optimizer: new SGD({ learningRate: 0.05, momentum: 0.9 }), ...options });
  const [epochs, hashes, checkpoints]: [EpochReport[], string[], Uint8Array[]] = [[], [], []];
  try {
    begin(trainer);
    const onStep = () => checkpoints.push(encodeCheckpoint(trainer.checkpoint()));
    const rest = { ...fit, epochs: fit.epochs - trainer.epochsDone };
    for await (const report of trainer.fit(train, { test, validation, onStep, ...rest })) {
      epochs.push(report);
      hashes.push(trainer.weightsHash());
    }
    return { epochs, hashes, checkpoints, end: trainer.weightsHash() };
  } finally {
    await trainer.close();
  }
}

/** The first epoch of the highest validation accuracy, from 1. */
function bestOf(epochs: readonly EpochReport[]): number {
  const accuracies = epochs.map(({ validationAccuracy = -1 }) => validationAccuracy);
  return 1 + accuracies.indexOf(Math.max(...accuracies));
}

const timeless = (epochs: readonly EpochReport[]) => epochs.map(({ seconds, imagesPerSecond, ...report }) => report);

const EPOCHS = 12;
const PATIENCE = 3;

describe.each<[string, Partial<TrainerOptions>]>([
  ['the weights', {}],
  ['their average', { averageDecay: 0.9 }],
])('early stopping with a patience of 3, by %s', (_, options) => {
  let whole: Run;
  let stopped: Run;
  beforeAll(async () => {
    whole = await run(options, { epochs: EPOCHS });
    stopped = await run(options, { epochs: EPOCHS, earlyStopping: { patience: PATIENCE } });
  });

  /** How many epochs the run without it would have been given. */
  const expectedEpochs = () => {
    for (let done = 1; done <= EPOCHS; done++) if (done - bestOf(whole.epochs.slice(0, done)) >= PATIENCE) return done;
    return EPOCHS;
  };

  it('ends the run after 3 epochs without a better validation accuracy; until then it is the run without it, to the bit', () => {
    const count = expectedEpochs();
    expect(count).toBeLessThan(EPOCHS);
    expect(timeless(stopped.epochs)).toEqual(timeless(whole.epochs.slice(0, count)));
    expect(stopped.hashes).toEqual(whole.hashes.slice(0, count));
  });

  it('leaves the weights of the best epoch, the first of equals, to the bit', () => {
    const best = bestOf(stopped.epochs);
    expect(best).toBe(stopped.epochs.length - PATIENCE);
    expect(stopped.end).toBe(stopped.hashes[best - 1]);
    expect(whole.end).toBe(whole.hashes[EPOCHS - 1]);
  });

  it('leaves those of the best epoch too where all epochs are done before', async () => {
    const epochs = stopped.epochs.length - 1;
    const ended = await run(options, { epochs, earlyStopping: { patience: PATIENCE } });
    expect(ended.epochs).toHaveLength(epochs);
    expect(ended.end).toBe(ended.hashes[bestOf(ended.epochs) - 1]);
    expect(ended.end).not.toBe(ended.hashes[epochs - 1]);
  });

  it('goes on from a checkpoint of any second step to the same epochs and weights, to the bit', async () => {
    for (let i = 0; i < stopped.checkpoints.length; i += 2) {
      const resumed = await run(options, { epochs: EPOCHS, earlyStopping: { patience: PATIENCE } }, (trainer) =>
        trainer.restore(decodeCheckpoint(stopped.checkpoints[i])),
      );
      expect([i, resumed.end]).toEqual([i, stopped.end]);
      expect([i, timeless(resumed.epochs)]).toEqual([i, timeless(stopped.epochs.slice(Math.floor(i / 3)))]);
    }
  });

  it('evaluates the best epoch’s weights from then on, and trains no further', async () => {
    const trainer = smallTrainer({ optimizer: new SGD({ learningRate: 0.05, momentum: 0.9 }), ...options });
    try {
      const fit = { epochs: EPOCHS, validation, earlyStopping: { patience: PATIENCE } };
      for await (const _ of trainer.fit(train, fit));
      const { validationLoss, validationAccuracy } = stopped.epochs[bestOf(stopped.epochs) - 1];
      const { loss, accuracy } = (await trainer.evaluate(validation)) ?? {};
      expect([loss, accuracy]).toEqual([validationLoss, validationAccuracy]);
      expect([trainer.bestEpoch, trainer.epochsDone]).toEqual([bestOf(stopped.epochs), stopped.epochs.length]);
      expect((await trainer.fit(train, fit).next()).done).toBe(true);
      expect(trainer.weightsHash()).toBe(stopped.end);
    } finally {
      await trainer.close();
    }
  });
});

describe('a later fit', () => {
  const stopping = (images: Dataset): FitOptions => ({
    epochs: 3,
    validation: images,
    earlyStopping: { patience: 3 },
  });
  /** What each fit in turn reports, and which epoch and weights it leaves. */
  async function fits(...options: FitOptions[]) {
    const trainer = smallTrainer({ optimizer: new SGD({ learningRate: 0.05, momentum: 0.9 }) });
    const found = [];
    try {
      for (const option of options) {
        const epochs: { epoch: number; accuracy: number; hash: string }[] = [];
        for await (const { epoch, validationAccuracy = -1 } of trainer.fit(train, option))
          epochs.push({ epoch, accuracy: validationAccuracy, hash: trainer.weightsHash() });
        found.push({ epochs, bestEpoch: trainer.bestEpoch, end: trainer.weightsHash() });
      }
      return found;
    } finally {
      await trainer.close();
    }
  }
  const relabelled = (label: (i: number) => number): Dataset => {
    const targets = new Uint8Array(new SharedArrayBuffer(validation.count));
    for (const i of targets.keys()) targets[i] = label(i);
    return { ...validation, targets };
  };
  const copied = relabelled((i) => validation.targets[i]);
  // Like the training images, so that the accuracy on the others is never as high.
  const easy = relabelled((i) => i % 3);

  it.each<[string, ...FitOptions[]]>([
    ['with other validation images', stopping(validation)],
    ['behind a fit that did not stop early', { epochs: 1, validation: easy }, stopping(easy)],
  ])('%s begins with no best epoch and leaves the best of its own', async (_, ...options) => {
    const found = await fits(stopping(easy), ...options);
    const { epochs, bestEpoch, end } = found[found.length - 1];
    const best = epochs.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
    expect([bestEpoch, end]).toEqual([best.epoch, best.hash]);
    expect(epochs[0].epoch).toBe(found.slice(0, -1).reduce((sum, fit) => sum + fit.epochs.length, 1));
  });

  it('by the same images, in other memory, goes on with the best epoch', async () => {
    const [first, second] = await fits(stopping(validation), stopping(copied));
    const best = [...first.epochs, ...second.epochs].reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
    expect([second.bestEpoch, second.end]).toEqual([best.epoch, best.epoch > 3 ? best.hash : first.end]);
    expect(second.epochs).toHaveLength(Math.min(3, first.bestEpoch));
  });

  it('that a checkpoint refuses its data leaves the checkpoint’s data and best epoch as they were', async () => {
    const trainer = smallTrainer();
    const next = smallTrainer();
    try {
      for await (const _ of trainer.fit(train, stopping(validation)));
      const checkpoint = trainer.checkpoint();
      next.restore(checkpoint);
      await expect(next.fit(train, stopping(easy)).next()).rejects.toMatchObject({ code: 'CHECKPOINT' });
      const { settings, best } = next.checkpoint();
      expect([settings, best?.epoch]).toEqual([checkpoint.settings, checkpoint.best?.epoch]);
    } finally {
      await trainer.close();
      await next.close();
    }
  });
});

describe('early stopping by another metric', () => {
  it.each(['validationLoss', 'trainLoss', 'trainAccuracy', 'testLoss'] as const)(
    '%s ends 3 epochs behind the best, the first of equals, and leaves its weights; a checkpoint holds it by name and value',
    async (metric) => {
      const { epochs, hashes, end, checkpoints } = await run(
        {},
        { epochs: EPOCHS, earlyStopping: { patience: 3, metric } },
      );
      const values = epochs.map((report) => report[metric] ?? Number.NaN);
      const best = metric.endsWith('Loss') ? Math.min(...values) : Math.max(...values);
      const place = values.indexOf(best);
      expect(epochs).toHaveLength(Math.min(EPOCHS, place + 1 + 3));
      expect(end).toBe(hashes[place]);
      // The last step's checkpoint was taken before its epoch was judged.
      const { best: stored } = decodeCheckpoint(checkpoints[checkpoints.length - 1]);
      const [before, first] = [values.slice(0, -1), metric.endsWith('Loss') ? Math.min : Math.max];
      expect([stored?.metric, stored?.value]).toEqual([metric, first(...before)]);
    },
  );

  it('forgets the best epoch by the metric before', async () => {
    const trainer = smallTrainer({ optimizer: new SGD({ learningRate: 0.05, momentum: 0.9 }) });
    const stoppingBy = (metric: 'trainLoss' | 'validationLoss'): FitOptions => ({
      epochs: 2,
      validation,
      earlyStopping: { patience: 1, metric },
    });
    try {
      for await (const _ of trainer.fit(train, stoppingBy('trainLoss')));
      expect(trainer.bestEpoch).toBeLessThanOrEqual(2);
      for await (const _ of trainer.fit(train, stoppingBy('validationLoss')));
      expect(trainer.bestEpoch).toBeGreaterThan(2);
    } finally {
      await trainer.close();
    }
  });
});

it('a validation set changes nothing of the training, and is reported as evaluate finds it', async () => {
  const [validated, plain] = [
    await run({}, { epochs: 1 }),
    await run({}, { epochs: 1, validation: undefined } as never),
  ];
  expect(validated.end).toBe(plain.end);
  const [{ validationLoss, validationAccuracy, ...rest }] = timeless(validated.epochs);
  expect(timeless(plain.epochs)).toEqual([rest]);
  expect(validationLoss).toBeGreaterThan(0);
  expect(30 * (validationAccuracy as number)).toBeCloseTo(Math.round(30 * (validationAccuracy as number)), 9);
});

describe('is refused with ARGUMENT before a step:', () => {
  it.each([
    ['early stopping without a validation set', { earlyStopping: { patience: 1 } }, 'validation set'],
    [
      'a metric of a set that is not there',
      { earlyStopping: { patience: 1, metric: 'validationLoss' } },
      "earlyStopping metric must be one of trainLoss, trainAccuracy, not 'validationLoss'",
    ],
    ['a patience of 0', { validation, earlyStopping: { patience: 0 } }, 'patience'],
    ['a patience of 1.5', { validation, earlyStopping: { patience: 1.5 } }, 'patience'],
  ])('%s', async (_, options, text) => {
    const trainer = smallTrainer();
    try {
      const refusal = { code: 'ARGUMENT', message: expect.stringContaining(text) };
      await expect(trainer.fit(train, { epochs: 1, ...options } as FitOptions).next()).rejects.toMatchObject(refusal);
      expect(trainer.steps).toBe(0);
    } finally {
      await trainer.close();
    }
  });
});
