import { describe, expect, it } from '@jest/globals';
import { BCEWithLogitsLoss, Linear, Model, MSELoss, Sequential, Softmax, Upsample } from '../src/index.js';
import type { EpochMetric, EpochReport } from '../src/node.js';

// What the compiler refuses is said by a @ts-expect-error, which is an error of its own where it refuses nothing.
describe('what a user’s compiler knows', () => {
  const model = new Model(new Sequential([new Linear(2, 3)]), { inputShape: [2], batchSize: 2 });
  const input = [[1, 2]];

  it('is what predict gives by the loss: classes unless told otherwise, labels, or numbers', () => {
    const { classes }: { classes: Int32Array } = model.predict(input);
    const { labels } = model.predict(input, { loss: new BCEWithLogitsLoss() });
    const numbers = model.predict(input, { loss: new MSELoss() });
    expect([classes.length, labels.shape, numbers.shape]).toEqual([1, [1, 3], [1, 3]]);
    // @ts-expect-error a regression has no classes
    expect(numbers.classes).toBeUndefined();
  });

  it('is which metrics a report has: a loss always, others where they fit, and none that is misspelt', () => {
    const report: EpochReport = { epoch: 1, seconds: 1, imagesPerSecond: 1, trainLoss: 0.5 };
    const [loss, accuracy]: [number, number | undefined] = [report.trainLoss, report.testAccuracy];
    const metric: EpochMetric = 'trainLoss';
    // @ts-expect-error as PyTorch Lightning has it
    const misspelt: EpochMetric = 'val_loss';
    expect([loss, accuracy, report[metric], report[misspelt]]).toEqual([0.5, undefined, 0.5, undefined]);
  });

  it('is which layers want arguments', () => {
    // @ts-expect-error it has to be told a size or a factor
    expect(() => new Upsample()).toThrow('expected size or scaleFactor');
    // @ts-expect-error it has to be told along what
    expect(() => new Softmax()).toThrow('dim is missing');
  });
});
