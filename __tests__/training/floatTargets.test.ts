import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  BCEWithLogitsLoss,
  Conv2d,
  CrossEntropyLoss,
  type Dataset,
  Flatten,
  L1Loss,
  Linear,
  type Loss,
  type Module,
  MSELoss,
  ReLU,
  Sequential,
  SGD,
  type Shape,
  SmoothL1Loss,
  tensorDataset,
} from '../../dist/index.js';
import {
  decodeCheckpoint,
  type EpochReport,
  encodeCheckpoint,
  type FitOptions,
  type StepReport,
  Trainer,
  type TrainerOptions,
} from '../../dist/node.js';
import { formulaValues } from '../support/formula.js';

const SIZE = 6;
const inputShape = [1, SIZE, SIZE];

/** Images of a bright rectangle on noise: which part of an image it fills is to be found. */
function rectangles(count: number, seed: number) {
  const pixels = formulaValues(seed, 1, count * SIZE * SIZE, 0.2);
  const place = formulaValues(seed, 2, count * 2).map((value) => Math.floor((value + 1) * 2));
  const inside = (n: number, p: number) => {
    const [row, column] = [Math.floor(p / SIZE) - place[2 * n], (p % SIZE) - place[2 * n + 1]];
    return row >= 0 && row < 3 && column >= 0 && column < 3;
  };
  const mask = Array.from({ length: count * SIZE * SIZE }, (_, i) =>
    Number(inside(Math.floor(i / (SIZE * SIZE)), i % (SIZE * SIZE))),
  );
  const inputs = { data: pixels.map((value, i) => value + mask[i]), shape: [count, ...inputShape] };
  return { count, inputs, mask, place };
}

type Rectangles = ReturnType<typeof rectangles>;

const dense = (outputs: number) =>
  new Sequential([new Flatten(), new Linear(36, 16), new ReLU(), new Linear(16, outputs)]);
const pixelwise = (channels: number) =>
  new Sequential([new Conv2d(1, 6, 3, { padding: 1 }), new ReLU(), new Conv2d(6, channels, 3, { padding: 1 })]);

interface Task {
  readonly loss: Loss;
  readonly network: () => Module;
  readonly targets: (data: Rectangles) => { data: Float32Array | Int32Array; shape: Shape };
  /** The names of the metrics, and a bound for the last one after training, that knowing nothing does not reach. */
  readonly metrics: readonly string[];
  readonly reaches: (value: number) => boolean;
}

const corner = ({ count, place }: Rectangles) => ({ data: place.map((value) => value / 4), shape: [count, 2] });
/** Which rows of the image the rectangle touches. */
const rows = ({ count, place }: Rectangles) => ({
  data: Float32Array.from({ length: count * SIZE }, (_, i) => {
    const row = (i % SIZE) - place[2 * Math.floor(i / SIZE)];
    return Number(row >= 0 && row < 3);
  }),
  shape: [count, SIZE],
});
const segments = ({ count, mask }: Rectangles) => ({
  // The left column is not labelled.
  data: Int32Array.from(mask, (value, i) => (i % SIZE === 0 ? 255 : value)),
  shape: [count, SIZE, SIZE],
});
/** An image of two channels: the mask, and half of what is not in it. */
const twoMasks = ({ count, mask }: Rectangles) => ({
  data: Float32Array.from({ length: 2 * mask.length }, (_, i) => {
    const value = mask[Math.floor(i / 72) * 36 + (i % 36)];
    return i % 72 < 36 ? value : 0.5 * (1 - value);
  }),
  shape: [count, 2, SIZE, SIZE],
});

const segmentation = new CrossEntropyLoss({ weight: [1, 3], ignoreIndex: 255, labelSmoothing: 0.05 });
const tasks: Record<string, Task> = {
  'regression by MSELoss': {
    loss: new MSELoss(),
    network: () => dense(2),
    targets: corner,
    metrics: ['MeanAbsoluteError'],
    reaches: (value) => value < 0.12,
  },
  'images as targets of L1Loss': {
    loss: new L1Loss(),
    network: () => pixelwise(2),
    targets: twoMasks,
    metrics: ['MeanAbsoluteError'],
    reaches: (value) => value < 0.2,
  },
  'regression by SmoothL1Loss': {
    loss: new SmoothL1Loss({ beta: 0.1 }),
    network: () => dense(2),
    targets: corner,
    metrics: ['MeanAbsoluteError'],
    reaches: (value) => value < 0.12,
  },
  'several labels by BCEWithLogitsLoss': {
    loss: new BCEWithLogitsLoss({ posWeight: [1, 2, 1, 1, 2, 1] }),
    network: () => dense(SIZE),
    targets: rows,
    metrics: ['LabelAccuracy'],
    reaches: (value) => value > 0.9,
  },
  'segmentation by CrossEntropyLoss': {
    loss: segmentation,
    network: () => pixelwise(2),
    targets: segments,
    metrics: ['Accuracy'],
    reaches: (value) => value > 0.9,
  },
};

const [trainImages, validationImages] = [rectangles(46, 1), rectangles(20, 2)];
const EPOCHS = 20;

const dataset = ({ targets }: Task, images: Rectangles): Dataset => tensorDataset(images.inputs, targets(images));
const sets = (task: Task) => ({ train: dataset(task, trainImages), validation: dataset(task, validationImages) });

const trainerOf = ({ loss, network }: Task, options: Partial<TrainerOptions> = {}) =>
  new Trainer(network(), {
    inputShape,
    loss,
    optimizer: new SGD({ learningRate: 0.2, momentum: 0.9 }),
    batchSize: 16,
    workers: 1,
    ...options,
  });

const timeless = ({ seconds, imagesPerSecond, ...report }: EpochReport) => report;

interface Run {
  readonly epochs: readonly Omit<EpochReport, 'seconds' | 'imagesPerSecond'>[];
  /** After each epoch. */
  readonly hashes: readonly string[];
  readonly checkpoints: readonly Uint8Array[];
}

async function run(task: Task, trainer: Trainer, epochs: number, options: Partial<FitOptions> = {}): Promise<Run> {
  const { train, validation } = sets(task);
  const [reports, hashes, checkpoints]: [EpochReport[], string[], Uint8Array[]] = [[], [], []];
  const onStep = ({ epoch }: StepReport) => {
    if (epoch <= 2) checkpoints.push(encodeCheckpoint(trainer.checkpoint()));
  };
  for await (const report of trainer.fit(train, { epochs, validation, onStep, ...options })) {
    reports.push(report);
    hashes.push(trainer.weightsHash());
  }
  return { epochs: reports.map(timeless), hashes, checkpoints };
}

describe.each(Object.entries(tasks))('%s', (_, task) => {
  let whole: Run;
  let evaluation: Awaited<ReturnType<Trainer['evaluate']>>;
  beforeAll(async () => {
    const trainer = trainerOf(task, { workers: 1 });
    whole = await run(task, trainer, EPOCHS);
    evaluation = await trainer.evaluate(sets(task).validation);
    await trainer.close();
  });

  it('reports the loss and the metrics that fit it, and no others, and learns', () => {
    const names = ['Loss', ...task.metrics].flatMap((name) => [`train${name}`, `validation${name}`]);
    const last = whole.epochs[EPOCHS - 1];
    expect(Object.keys(last).toSorted()).toEqual(['epoch', ...names].toSorted());
    expect(
      task.reaches(Object.entries(last).find(([name]) => name === `validation${task.metrics[0]}`)?.[1] ?? Number.NaN),
    ).toBe(true);
  });

  it('has the same bits on 3 workers, and from a checkpoint in the middle of an epoch', async () => {
    const three = trainerOf(task, { workers: 3 });
    const { hashes, epochs, checkpoints } = await run(task, three, 2);
    await three.close();
    expect([hashes, epochs]).toEqual([whole.hashes.slice(0, 2), whole.epochs.slice(0, 2)]);
    for (const step of [1, 3]) {
      const resumed = trainerOf(task, { workers: 1 });
      resumed.restore(decodeCheckpoint(checkpoints[step]));
      const rest = await run(task, resumed, 2 - resumed.epochsDone);
      await resumed.close();
      const after = step < 2 ? 0 : 1;
      expect([rest.hashes, rest.epochs]).toEqual([hashes.slice(after), epochs.slice(after)]);
    }
  });

  it('evaluates to what the loss’s forward and plain sums say of the outputs, to 1e-12, with probabilities for class numbers alone', async () => {
    const trainer = trainerOf(task);
    const { validation } = sets(task);
    const found = await trainer.evaluate(validation);
    const { model } = trainer;
    const outputs = model.predict(validation.inputs, { loss: new MSELoss() });
    const wanted = { data: validation.targets, shape: [validation.count, ...validation.targetShape] };
    const criterion = (
      task.loss === segmentation ? new CrossEntropyLoss({ weight: [1, 3], ignoreIndex: 255 }) : task.loss
    ) as MSELoss;
    expect(Math.abs(found.loss / criterion.forward(outputs, wanted).loss - 1)).toBeLessThan(1e-12);
    if (task.loss === segmentation) expect(found.predictions).toEqual(model.predict(validation.inputs).classes);
    else expect(found.outputs).toEqual(outputs);
    const probable = trainer.evaluate(validation, { probabilities: true });
    if (task.loss === segmentation)
      expect((await probable).probabilities).toEqual(model.predict(validation.inputs).probabilities);
    else await expect(probable).rejects.toMatchObject({ code: 'ARGUMENT' });
    const { loss, predictions, outputs: _, ...metrics } = found;
    const value = metricByHand(task, outputs.data, predictions, validation);
    expect(Object.values(metrics)).toEqual([expect.closeTo(value, 12)]);
    await trainer.close();
  });

  it('was evaluated after its last epoch as an evaluation says', () => {
    const { validationLoss } = whole.epochs[EPOCHS - 1];
    expect(evaluation?.loss).toBe(validationLoss);
  });
});

it('a data set whose targets are all ignored is refused: SHAPE', async () => {
  const task = tasks['segmentation by CrossEntropyLoss'];
  const trainer = trainerOf(task);
  const { train } = sets(task);
  train.targets.fill(255);
  await expect(trainer.fit(train, { epochs: 1 }).next()).rejects.toMatchObject({
    code: 'SHAPE',
    message: 'all targets of the data set are 255, which is ignored; expected some that count',
  });
  await trainer.close();
});

describe('early stopping of a regression', () => {
  const task = tasks['regression by MSELoss'];
  it('goes by the validation loss unless told otherwise, and leaves the weights of its lowest', async () => {
    const trainer = trainerOf(task, { optimizer: new SGD({ learningRate: 0.4, momentum: 0.9 }) });
    const { epochs, hashes } = await run(task, trainer, EPOCHS, { earlyStopping: { patience: 2 } });
    const losses = epochs.map(({ validationLoss = Number.NaN }) => validationLoss);
    const best = losses.indexOf(Math.min(...losses));
    expect([trainer.bestEpoch, trainer.weightsHash()]).toEqual([best + 1, hashes[best]]);
    expect(epochs).toHaveLength(Math.min(EPOCHS, best + 1 + 2));
    await trainer.close();
  });

  it('has no accuracy to go by, and says what it has: ARGUMENT', async () => {
    const trainer = trainerOf(task);
    const options = { earlyStopping: { patience: 2, metric: 'validationAccuracy' as const } };
    await expect(run(task, trainer, 1, options)).rejects.toMatchObject({
      code: 'ARGUMENT',
      message:
        'earlyStopping metric must be one of trainLoss, trainMeanAbsoluteError, validationLoss, validationMeanAbsoluteError, ' +
        "not 'validationAccuracy'",
    });
    await trainer.close();
  });
});

function metricByHand(
  { loss }: Task,
  outputs: Float32Array,
  predictions: Int32Array | undefined,
  { targets }: Dataset,
): number {
  const each = (values: ArrayLike<number>, value: (i: number) => number) =>
    Array.from({ length: values.length }, (_, i) => value(i));
  const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  if (predictions) {
    const counted = [...targets.keys()].filter((i) => targets[i] !== 255);
    return mean(counted.map((i) => Number(predictions[i] === targets[i])));
  }
  if (loss instanceof BCEWithLogitsLoss) return mean(each(outputs, (i) => Number(outputs[i] > 0 === targets[i] > 0.5)));
  return mean(each(outputs, (i) => Math.abs(outputs[i] - targets[i])));
}
