import { describe, expect, it } from '@jest/globals';
import { checkSchedule, learningRateFactor, type Schedule } from '../../src/optimizers/schedules.js';
import { readJson } from '../support/golden.js';
import { thrown } from '../support/thrown.js';

const cases: { schedule: Schedule; rates: number[] }[] = readJson('schedules.json');

describe('learningRateFactor', () => {
  // A handful of roundings of numbers up to 1, theirs and ours: the cosine's schedule is a product over the steps there.
  it.each(cases)('$schedule: the factor of each step is within 1e-14 of PyTorch’s', ({ schedule, rates }) => {
    for (const [step, rate] of rates.entries())
      expect(Math.abs(learningRateFactor(schedule, step) - rate)).toBeLessThan(1e-14);
  });

  it('of a constant rate is 1 in any step', () => {
    expect([0, 1, 1e6].map((step) => learningRateFactor({ type: 'constant' }, step))).toEqual([1, 1, 1]);
  });

  it.each(cases.filter(({ schedule }) => 'totalSteps' in schedule))(
    '$schedule: steps beyond the last keep its factor',
    ({ schedule, rates }) => {
      const last = learningRateFactor(schedule, rates.length - 1);
      expect([0, 1, 1000].map((more) => learningRateFactor(schedule, rates.length + more))).toEqual([last, last, last]);
    },
  );

  // PyTorch divides by 0 when the peak is the first of several steps.
  it('of oneCycle that peaks in its first step is 1 there and falls from then on', () => {
    const factors = [0, 1, 2, 3, 4].map((step) =>
      learningRateFactor({ type: 'oneCycle', totalSteps: 5, pctStart: 0.2 }, step),
    );
    expect(factors[0]).toBe(1);
    expect(factors).toEqual(factors.toSorted((a, b) => b - a));
    expect(new Set(factors).size).toBe(5);
  });
});

describe('checkSchedule', () => {
  it.each(cases)('takes $schedule', ({ schedule }) => {
    expect(thrown(() => checkSchedule(schedule))).toBe('nothing thrown');
  });

  it.each<[object, string]>([
    [{ type: 'linear' }, 'type'],
    [{ type: 'step', stepSize: 0, gamma: 0.1 }, 'stepSize'],
    [{ type: 'step', stepSize: 1.5, gamma: 0.1 }, 'stepSize'],
    [{ type: 'step', stepSize: 2, gamma: -0.1 }, 'gamma'],
    [{ type: 'step', stepSize: 2 }, 'gamma'],
    [{ type: 'cosine', totalSteps: 0 }, 'totalSteps'],
    [{ type: 'cosine' }, 'totalSteps'],
    [{ type: 'cosine', totalSteps: 5, warmupSteps: 5 }, 'warmupSteps'],
    [{ type: 'cosine', totalSteps: 5, warmupSteps: -1 }, 'warmupSteps'],
    [{ type: 'oneCycle', totalSteps: 0 }, 'totalSteps'],
    [{ type: 'oneCycle', totalSteps: 5, pctStart: 1.5 }, 'pctStart'],
    [{ type: 'oneCycle', totalSteps: 5, pctStart: Number.NaN }, 'pctStart'],
    [{ type: 'oneCycle', totalSteps: 5, divFactor: 0 }, 'divFactor'],
    [{ type: 'oneCycle', totalSteps: 5, finalDivFactor: 0 }, 'finalDivFactor'],
    [{ type: 'triangular' }, 'totalSteps'],
    [{ type: 'triangular', totalSteps: 5, pctStart: -0.1 }, 'pctStart'],
    [{ type: 'triangular', totalSteps: 5, startFactor: 1.5 }, 'startFactor'],
    [{ type: 'triangular', totalSteps: 5, endFactor: Number.NaN }, 'endFactor'],
    [{ type: 'triangular', totalSteps: 5, divFactor: 25 }, 'divFactor'],
  ])('refuses %j, naming %s: ARGUMENT', (schedule, name) => {
    expect(thrown(() => checkSchedule(schedule as Schedule))).toMatch(new RegExp(`^ARGUMENT: .*${name}`));
  });
});
