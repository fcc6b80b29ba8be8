import {
  BatchNorm2d,
  Conv2d,
  type Dataset,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  type Sampler,
  Sequential,
  SGD,
} from '../../dist/index.js';
import { type EpochReport, encodeCheckpoint, type StepReport, Trainer, type TrainerOptions } from '../../dist/node.js';

/** A network of every kind of layer for images of 2×9×9 pixels in three classes; it stands in dist/, for threads. */
export const smallNetwork = () =>
  new Sequential({
    features: new Sequential([
      new Conv2d(2, 8, 3, { padding: 1 }),
      new ReLU(),
      new BatchNorm2d(8),
      new Conv2d(8, 8, 3, { padding: 1 }),
      new ReLU(),
      new MaxPool2d(3, { stride: 2 }),
      new Dropout(0.1),
      new Conv2d(8, 12, 3, { stride: 2, padding: 1 }),
      new ReLU(),
      new BatchNorm2d(12),
    ]),
    classifier: new Sequential([new Flatten(), new Linear(48, 3)]),
  });

export const smallImages = { classes: 3, channels: 2, size: 9 };

/** A trainer of the small network: learning rate 0.05, batch 16 unless told otherwise. */
export const smallTrainer = (options: Partial<TrainerOptions> = {}) =>
  new Trainer(smallNetwork(), {
    inputShape: [2, 9, 9],
    optimizer: new SGD({ learningRate: 0.05 }),
    batchSize: 16,
    workers: 2,
    normalization: { mean: 0.5, std: 0.4 },
    ...options,
  });

export interface Course {
  readonly steps: readonly StepReport[];
  readonly epochs: readonly EpochReport[];
  readonly weightsHash: string;
}

interface CourseOptions {
  readonly epochs: number;
  readonly test?: Dataset;
  readonly sampler?: Sampler;
  /** Called behind each step. */
  readonly afterStep?: () => void;
}

/** Trains to the end, closes the trainer, and tells how it went. */
export async function course(
  trainer: Trainer,
  train: Dataset,
  { afterStep, ...options }: CourseOptions,
): Promise<Course> {
  const steps: StepReport[] = [];
  const reports: EpochReport[] = [];
  const onStep = (report: StepReport) => {
    steps.push(report);
    afterStep?.();
  };
  try {
    for await (const report of trainer.fit(train, { ...options, onStep })) reports.push(report);
    return { steps, epochs: reports, weightsHash: trainer.weightsHash() };
  } finally {
    await trainer.close();
  }
}

/** The same with a checkpoint of each step. */
export async function checkpointedCourse(
  trainer: Trainer,
  train: Dataset,
  options: Omit<CourseOptions, 'afterStep'>,
): Promise<{ course: Course; checkpoints: Uint8Array[] }> {
  const checkpoints: Uint8Array[] = [];
  const afterStep = () => checkpoints.push(encodeCheckpoint(trainer.checkpoint()));
  return { course: await course(trainer, train, { ...options, afterStep }), checkpoints };
}

/** A course without its times: all that must be the same to the bit. */
export const bits = ({ steps, epochs, weightsHash }: Course) => ({
  steps: steps.map(({ epoch, step, loss, accuracy }) => [epoch, step, loss, accuracy]),
  epochs: epochs.map((report) => [report.trainLoss, report.trainAccuracy, report.testLoss, report.testAccuracy]),
  weightsHash,
});
