import { describe, expect, it } from '@jest/globals';
import { accuracyScale, records, score, usualRange, viewOf } from '../../src/pages/studyView.js';
import { sampleStudy, sampleTrial } from '../support/sampleStudy.js';

describe('the best so far', () => {
  it('rises with complete trials only, in the order of their numbers', () => {
    const trials = [
      sampleTrial(4, 'complete', [0.91]),
      sampleTrial(0, 'complete', [0.8]),
      sampleTrial(1, 'pruned', [0.99]),
      sampleTrial(2, 'complete', [0.7]),
      sampleTrial(3, 'complete', [0.9]),
      sampleTrial(5, 'running', [0.99]),
      sampleTrial(6, 'failed', [0.99]),
    ];
    expect(records(trials).map(({ trial }) => trial)).toEqual([0, 3, 4]);
    expect(viewOf(sampleStudy(trials)).best?.trial).toBe(4);
  });

  it('of equals, is the first', () => {
    expect(records([sampleTrial(0, 'complete', [0.8]), sampleTrial(1, 'complete', [0.8])])).toHaveLength(1);
  });
});

describe('a score', () => {
  it('is the last epoch’s where a trial was stopped or runs, and there is none of failures and of what is not finite', () => {
    expect(score(sampleTrial(0, 'pruned', [0.5, 0.6]))).toBe(0.6);
    expect(score(sampleTrial(0, 'running', []))).toBeUndefined();
    expect(score(sampleTrial(0, 'failed', [0.5]))).toBeUndefined();
    expect(score(sampleTrial(0, 'complete', [Number.NaN]))).toBeUndefined();
  });
});

describe('the range of accuracies', () => {
  it('leaves out what is far below the others, and nothing else', () => {
    expect(usualRange([0.9, 0.1, 0.92, 0.93, 0.91])).toEqual({ low: 0.9, high: 0.93 });
    expect(usualRange([0.9, 0.91, 0.92, 0.93])).toEqual({ low: 0.9, high: 0.93 });
    expect(usualRange([0.4])).toEqual({ low: 0.4, high: 0.4 });
  });

  it('puts outliers at the foot, with the original’s accuracy above it, however low', () => {
    const values = [0.9, 0.1, 0.905, 0.92, 0.925, 0.93, 0.91, 0.6];
    expect(accuracyScale(values).at(0.6)).toBe(0);
    expect(accuracyScale(values, 0.6).at(0.6)).toBeGreaterThan(0);
    expect(accuracyScale(values, 0.6).at(0.1)).toBe(0);
  });
});

describe('a study', () => {
  const four = [0.8, 0.857, 0.9, 0.899].map((accuracy, i) => sampleTrial(i, 'complete', [accuracy]));

  it('names what varies, the most important first, apart from what is constant', () => {
    const { parameters, constants } = viewOf(sampleStudy(four));
    expect(parameters.map(({ name }) => name)).toEqual(['schedule', 'rate', 'nesterov']);
    expect(constants).toEqual([['batchSize', 100]]);
  });

  it('shades complete trials from 0, the worst, to 9, the best, and no others', () => {
    const pruned = sampleTrial(4, 'pruned', [0.89]);
    const { shade, trials } = viewOf(sampleStudy([...four, pruned]));
    expect(trials.map(shade)).toEqual([0, 5, 9, 9, undefined]);
  });
});
