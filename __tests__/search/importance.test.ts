import { describe, expect, it } from '@jest/globals';
import { importance } from '../../src/search/importance.js';
import { suggest } from '../../src/search/samplers.js';
import type { Settings, Space } from '../../src/search/space.js';
import type { Study, StudyConfig, Trial } from '../../src/search/study.js';

const space: Space = {
  lr: { low: 0.001, high: 1, log: true },
  dropout: { low: 0, high: 0.5 },
  layers: { low: 1, high: 4, integer: true },
  schedule: { choices: ['constant', 'cosine', 'onecycle'] },
  momentum: 0.9,
};

/** A study with these settings, the best first. */
function studyOf(settings: readonly Settings[], studied: Space): Study {
  const trials = settings.map((some, i): Trial => {
    const accuracy = 1 - i / settings.length;
    return { trial: i + 1, settings: some, state: 'complete', epochs: [], accuracy };
  });
  return { config: { space: studied } as StudyConfig, trials };
}

/** A random search whose order follows from `accuracyOf`. */
function searched(count: number, seed: number, accuracyOf: (settings: Record<string, number>) => number): Study {
  const config = { seed, sampler: 'random', space } as StudyConfig;
  const trials: Trial[] = [];
  while (trials.length < count) {
    const settings = suggest({ config, trials });
    const accuracy = accuracyOf(settings as Record<string, number>);
    trials.push({ trial: trials.length + 1, settings, state: 'complete', epochs: [], accuracy });
  }
  return { config, trials };
}

describe('importance', () => {
  const onlyOne: [string, (settings: Record<string, number>) => number][] = [
    ['lr', ({ lr }) => (lr > 0.05 ? 0.05 / lr : lr / 0.05)],
    ['dropout', ({ dropout }) => 1 - dropout],
    ['layers', ({ layers, dropout }) => layers / 4 + dropout / 1000],
    ['schedule', ({ schedule, dropout }) => (String(schedule) === 'cosine' ? 0.9 : 0.1) + dropout / 1000],
  ];
  it.each(onlyOne)(
    'finds that %s alone matters, with half of the shares or more, in 40 random trials of 5 seeds',
    (name, accuracyOf) => {
      for (let seed = 0; seed < 5; seed++) {
        const [first, ...others] = importance(searched(40, seed, accuracyOf));
        expect([seed, first.name, first.share >= 0.5]).toEqual([seed, name, true]);
        expect(others.map((other) => other.name).sort()).toEqual(
          ['lr', 'dropout', 'layers', 'schedule'].filter((other) => other !== name).sort(),
        );
        expect(first.share + others.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
      }
    },
  );

  // Computed by hand: the ranks 0 to 9 have the mean 4.5 and the squares 82.5. By `a`, whose groups are 0–4 and 5–9: between
  // 2 · 5 · 2.5² = 62.5, H = 9 · 62.5 / 82.5 = 75 / 11, effect (75 / 11 − 1) / 8 = 8 / 11. By `b`, 0 1 2 3 5 and 4 6 7 8 9: means 2.2 and 6.8,
  // between 52.9, H = 5.7709, effect 0.59636. By `c`, even and odd: between 2.5, H = 0.27, effect 0.
  it('gives the shares that the formula gives by hand', () => {
    const two = { choices: ['x', 'y'] };
    const settings = Array.from({ length: 10 }, (_, i) => ({
      a: i < 5 ? 'x' : 'y',
      b: [0, 1, 2, 3, 5].includes(i) ? 'x' : 'y',
      c: i % 2 === 0 ? 'x' : 'y',
    }));
    const [a, b] = [8 / 11, (9 * (52.9 / 82.5) - 1) / 8];
    expect(importance(studyOf(settings, { c: two, b: two, a: two }))).toEqual([
      { name: 'a', share: expect.closeTo(a / (a + b), 12) },
      { name: 'b', share: expect.closeTo(b / (a + b), 12) },
      { name: 'c', share: 0 },
    ]);
  });

  it('says nothing before ten trials have ended, nor of trials in which no parameter matters more than by chance', () => {
    const settings = Array.from({ length: 10 }, (_, i) => ({ a: i % 2 }));
    const studied = { a: { choices: [0, 1] } };
    expect(importance(studyOf(settings, studied))).toEqual([]);
    const sorted = settings.toSorted((one, other) => one.a - other.a);
    expect(importance(studyOf(sorted, studied))).toEqual([{ name: 'a', share: 1 }]);
    expect(importance(studyOf(sorted.slice(1), studied))).toEqual([]);
  });
});
