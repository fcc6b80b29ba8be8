import { isFixed, type Settings, type Space } from '../search/space.js';

/** The space that is searched unless another is given: the names are those of `train`'s options. */
export const defaultSpace: Space = {
  lr: { low: 0.005, high: 0.5, log: true },
  batchSize: { choices: [50, 100, 200] },
  dropout: { low: 0, high: 0.4 },
  momentum: { choices: [0, 0.8, 0.9, 0.95] },
  weightDecay: { low: 1e-5, high: 3e-3, log: true },
  schedule: { choices: ['constant', 'cosine', 'onecycle'] },
  labelSmoothing: { low: 0, high: 0.15 },
};

/** The settings of the original training, which a study has to beat. */
export const originalSettings: Settings = {
  lr: 0.15,
  batchSize: 100,
  dropout: 0.1,
  momentum: 0,
  weightDecay: 0,
  schedule: 'constant',
  labelSmoothing: 0,
};

/** Settings as a point of a space, what the space fixes as it says; undefined if it has other names. */
export function pointIn(space: Space, settings: Settings): Settings | undefined {
  const values = Object.entries(space).map(([name, parameter]) => (isFixed(parameter) ? parameter : settings[name]));
  if (values.includes(undefined as never)) return undefined;
  return Object.fromEntries(Object.keys(space).map((name, i) => [name, values[i]]));
}
