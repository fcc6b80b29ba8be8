import { hashKey, uniform } from '../tensor/random.js';
import { scaleOf } from './scale.js';
import { isFixed, isRange, type SearchParameter, type Settings, type SettingValue } from './space.js';
import type { StudyConfig, Trial } from './study.js';

/** The settings of the trial after `past`, which follow from the arguments alone. */
export function suggest({ space, seed }: StudyConfig, past: readonly Trial[]): Settings {
  const names = Object.keys(space).sort();
  const value = (name: string, parameter: SearchParameter): SettingValue => {
    if (isFixed(parameter)) return parameter;
    const u = uniform(hashKey(seed, 'search', past.length, names.indexOf(name)), 0);
    if (!isRange(parameter)) return parameter.choices[Math.floor(u * parameter.choices.length)];
    const { low, high, toValue } = scaleOf(parameter);
    return toValue(low + u * (high - low));
  };
  return Object.fromEntries(Object.entries(space).map(([name, parameter]) => [name, value(name, parameter)]));
}
