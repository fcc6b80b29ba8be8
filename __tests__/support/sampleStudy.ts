import type { StudyPageData } from '../../src/pages/studyView.js';
import type { Trial } from '../../src/search/study.js';

const names = ['constant', 'cosine', 'linear'];

/** An invented trial; without `accuracies` it is complete after two epochs and the better the higher its number. */
export function sampleTrial(
  trial: number,
  state: Trial['state'] = 'complete',
  accuracies: readonly number[] = [0.8, 0.85 + 0.1 * (1 - 1 / (trial + 1))],
): Trial {
  return {
    trial,
    state,
    settings: { rate: 0.5 ** (trial % 8), schedule: names[trial % 3], nesterov: trial % 2 === 1, batchSize: 100 },
    epochs: accuracies.map((accuracy, i) => ({ epoch: i + 1, accuracy, loss: 1 - accuracy, seconds: 30 })),
    ...(state === 'complete' ? { accuracy: accuracies[accuracies.length - 1] } : {}),
  };
}

export const sampleStudy = (trials: readonly Trial[], more: Partial<StudyPageData> = {}): StudyPageData => ({
  title: 'A study',
  created: '1 May',
  sampler: 'random',
  seed: 3,
  maxEpochs: 2,
  command: 'npx heddle train --data pictures --config best.json',
  trials,
  space: {
    rate: { low: 0.001, high: 1, log: true },
    schedule: { choices: names },
    nesterov: { choices: [false, true] },
    batchSize: 100,
  },
  importance: { rate: 0.2, schedule: 0.7, nesterov: 0.1 },
  baseline: 0,
  ...more,
});
