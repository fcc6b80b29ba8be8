import { describe, expect, it } from '@jest/globals';
import { studyTable } from '../../../src/commands/terminal/studyTable.js';
import type { Study, StudyConfig, Trial } from '../../../src/search/study.js';

const trial = (number: number, state: Trial['state'], epochs: number, accuracy?: number): Trial => ({
  trial: number,
  state,
  ...(accuracy === undefined ? {} : { accuracy }),
  settings: { lr: number / 100, weightDecay: 0.0001, schedule: 'cosine', momentum: 0.9 },
  epochs: Array.from({ length: epochs }, (_, i) => ({ epoch: i + 1, accuracy: 0.5, loss: 1, seconds: 1 })),
});

const study: Study = {
  config: {
    space: {
      lr: { low: 0.01, high: 1 },
      weightDecay: { low: 0.0001, high: 1 },
      schedule: { choices: ['constant', 'cosine'] },
      momentum: 0.9,
    },
    epochs: 5,
  } as unknown as StudyConfig,
  trials: [
    trial(1, 'complete', 5, 0.8),
    trial(2, 'pruned', 1, 0.95),
    trial(3, 'failed', 0),
    trial(4, 'complete', 5, 0.91234),
    trial(5, 'running', 0),
  ],
};

describe('the table of a study', () => {
  it('has the running trial first, then the best ones, and a column for each setting that is searched', () => {
    expect(studyTable(study, { width: 80, height: 24 }, 30)).toEqual([
      '4 of 30 trials: 2 complete, 1 pruned, 1 failed',
      '                                weight',
      '  trial  epoch  accuracy    lr   decay  schedule',
      '>     5    0/5         –  0.05  0.0001    cosine',
      '*     4    5/5    91.23%  0.04  0.0001    cosine',
      '      1    5/5    80.00%  0.01  0.0001    cosine',
      '      2    1/5    95.00%  0.02  0.0001    cosine',
      '      3    0/5    failed  0.03  0.0001    cosine',
    ]);
  });

  it('leaves out the columns and lines for which a terminal has no room', () => {
    expect(studyTable(study, { width: 40, height: 6 })).toEqual([
      '4 trials: 2 complete, 1 pruned, 1 failed',
      '                                weight',
      '  trial  epoch  accuracy    lr   decay',
      '>     5    0/5         –  0.05  0.0001',
      '*     4    5/5    91.23%  0.04  0.0001',
      '… 3 more',
    ]);
    expect(studyTable(study, { width: 20, height: 6 }).every(({ length }) => length <= 20)).toBe(true);
  });

  it('of a study without trials is its heading', () => {
    expect(studyTable({ ...study, trials: [] }, { width: 80, height: 24 })).toEqual([
      '0 trials: 0 complete, 0 pruned, 0 failed',
      '                              weight',
      '  trial  epoch  accuracy  lr   decay  schedule',
    ]);
  });
});
