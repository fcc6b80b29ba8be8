import { describe, expect, it } from '@jest/globals';
import { rungs, goesOn as trialGoesOn } from '../../src/search/halving.js';
import type { Study, StudyConfig, Trial } from '../../src/search/study.js';

describe('rungs', () => {
  it.each([
    [5, 3, 1, [1, 3]],
    [5, 2, 1, [1, 2, 4]],
    [9, 3, 1, [1, 3]],
    [10, 3, 1, [1, 3, 9]],
    [30, 4, 2, [2, 8]],
    [1, 3, 1, []],
    [3, 3, 3, []],
  ])('of %d epochs with eta %d from epoch %d are %j', (epochs, eta, minEpochs, expected) => {
    expect(rungs(epochs, { eta, minEpochs })).toEqual(expected);
  });
});

/** A study whose trials have had these accuracies, epoch by epoch. */
function studyOf(accuracies: readonly (readonly number[])[], config: Partial<StudyConfig> = {}): Study {
  const trials = accuracies.map(
    (some, i): Trial => ({
      trial: i + 1,
      settings: {},
      state: i === accuracies.length - 1 ? 'running' : 'pruned',
      epochs: some.map((accuracy, epoch) => ({ epoch: epoch + 1, accuracy, loss: 0, seconds: 0 })),
    }),
  );
  const study = { first: [], epochs: 5, halving: { eta: 3, minEpochs: 1 }, ...config };
  return { config: study as unknown as StudyConfig, trials };
}

const goesOn = (study: Study) => trialGoesOn(study, study.trials[study.trials.length - 1]);

// Percent of accuracy at the first rung, one trial after the other, and whether it goes on. With eta = 3: the best one of
// up to 3, the best two of 4 to 6, the best three of 7.
const decisions: [number, boolean][] = [
  [50, true], // alone
  [40, false], // 50 is better
  [60, true], // 60
  [55, true], // 60 55
  [56, true], // 60 56
  [55, false], // 60 56
  [55, true], // 60 56 55: three of them have 55, and all would go on
  [54, false],
  [59, true], // 60 59 56
  [57, true], // 60 59 57 56: four of ten
];

describe('a trial that reaches a rung with eta 3', () => {
  it.each(decisions.map(([percent, expected], i) => [i + 1, percent, expected] as const))(
    'as number %d with %d% goes on: %s',
    (count, _percent, expected) => {
      expect(goesOn(studyOf(decisions.slice(0, count).map(([percent]) => [percent / 100])))).toBe(expected);
    },
  );

  it('is compared at the second rung with those alone that came so far, by their accuracies there', () => {
    const before = [[0.5, 0.6, 0.9, 0.1, 0.1], [0.99], [0.6, 0.6, 0.7], [0.98, 0.98]];
    expect(goesOn(studyOf([...before, [0.5, 0.5, 0.91]]))).toBe(true);
    expect(goesOn(studyOf([...before, [0.5, 0.5, 0.89]]))).toBe(false);
  });

  it('goes on at epochs that are no rungs, even if it is the worst', () => {
    const before = [
      [0.9, 0.9, 0.9, 0.9],
      [0.9, 0.9, 0.9, 0.9],
    ];
    expect(goesOn(studyOf([...before, [0.9, 0.1]]))).toBe(true);
    expect(goesOn(studyOf([...before, [0.9, 0.9, 0.9, 0.1]]))).toBe(true);
  });

  it('goes on if it is one of the first settings, which are tried to their end', () => {
    const accuracies = [[0.9], [0.1]];
    expect(goesOn(studyOf(accuracies, { first: [{}, {}] }))).toBe(true);
    expect(goesOn(studyOf(accuracies, { first: [{}] }))).toBe(false);
  });

  it('goes on without halving', () => {
    expect(goesOn(studyOf([[0.9], [0.1]], { halving: null }))).toBe(true);
  });
});
