import { describe, expect, it } from '@jest/globals';
import { accuracyTable, type Result } from '../../../benchmarks/accuracy/timeToAccuracy/table.js';

const run = (seed: number, epochs: number, accuracies: readonly number[], secondsEach: number): Result => ({
  epochs,
  seed,
  recipe: {},
  version: '1',
  node: 'v26',
  processor: 'a',
  workers: 2,
  weightsHash: '',
  reports: accuracies.map((testAccuracy, i) => ({ epoch: i + 1, testAccuracy, seconds: secondsEach * (i + 1) })),
});

describe('the table of bench:accuracy', () => {
  const text = accuracyTable([
    run(1, 2, [0.9, 0.95], 20),
    run(0, 2, [0.88, 0.93], 10),
    run(0, 1, [0.905], 12),
    run(1, 1, [0.899], 14),
  ]);

  it('has a row for each epoch, with the mean over the seeds and each of them in order', () => {
    expect(text).toContain('| 1 of 2 | 89.00 | 88.00 90.00 | 15 | 10–20 |');
    expect(text).toContain('| 2 of 2 | 94.00 | 93.00 95.00 | 30 | 20–40 |');
  });

  it('has one row of runs that were tested after the last epoch alone', () => {
    const long = { ...run(0, 20, [], 0), reports: [{ epoch: 20, testAccuracy: 0.95, seconds: 200 }] };
    expect(accuracyTable([long]).match(/^.* of 20 \|.*$/gm)).toEqual(['| 20 of 20 | 95.00 | 95.00 | 200 | 200–200 |']);
  });

  it('names for each target the fastest epoch whose mean reaches it', () => {
    expect(text.split('\n').slice(-4)).toEqual([
      '90%: 13 s (12–14), epoch 1 of 1',
      '92%: 30 s (20–40), epoch 2 of 2',
      '93%: 30 s (20–40), epoch 2 of 2',
      '94%: 30 s (20–40), epoch 2 of 2',
    ]);
  });

  it('says of a target that no mean reaches that it was not reached', () => {
    expect(accuracyTable([run(0, 1, [0.91], 10)])).toContain('92%: not reached');
  });
});
