import { describe, expect, it } from '@jest/globals';
import { type Progress, progressBar } from '../../../src/commands/terminal/progressBar.js';

const progress: Progress = {
  title: 'epoch 10/20 validation',
  done: 3000,
  total: 10_000,
  loss: 0.25,
  accuracy: 0.9125,
  imagesPerSecond: 2800,
  secondsLeft: 754,
};

describe('a bar of progress', () => {
  it('is filled as far as the work is done, and says the numbers', () => {
    expect(progressBar(progress, 120)).toBe(
      'epoch 10/20 validation ███████░░░░░░░░░░░░░░░░░ 3000/10000 loss 0.2500 accuracy 91.25% 2800 images/s 13 min left',
    );
  });

  it.each(Array.from({ length: 110 }, (_, i) => i + 10))('fits %i columns, and starts with what goes on', (columns) => {
    const bar = progressBar(progress, columns);
    expect(bar.length).toBeLessThanOrEqual(columns);
    expect(bar.startsWith('epoch 10/20 validation'.slice(0, columns))).toBe(true);
  });

  it('leaves out the speed first in a narrow terminal and the time left last, where it is known', () => {
    expect(progressBar(progress, 79)).toMatch(/ [█░]{4,} 3000\/10000 loss 0.2500 accuracy 91.25% 13 min left$/);
    expect(progressBar(progress, 50)).toMatch(/ [█░]{4,} 3000\/10000 13 min left$/);
    expect(progressBar({ ...progress, secondsLeft: undefined }, 79)).toMatch(
      / [█░]{4,} 3000\/10000 loss 0.2500 accuracy 91.25%$/,
    );
  });
});
