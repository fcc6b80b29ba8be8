import { hashKey, uniform } from '../tensor/random.js';
import { axisOf } from './axis.js';
import type { Density } from './parzen.js';
import { isFixed, type Settings } from './space.js';
import { ranked, runningTrials, type Study } from './study.js';

const STARTUP_TRIALS = 10;
const CANDIDATES = 24;
const MAX_GOOD = 25;

/** The settings of a study's next trial, which follow from the seed and the trials before it. The random sampler
 * takes all points of the space as equally likely.
 *
 * TPE, the tree-structured Parzen estimator, does so for ten trials. Then it estimates two densities for each
 * parameter, of the best tenth of the trials and of the others, draws 24 candidates from the first one, and takes the
 * one that the first one favours most over the second (J. Bergstra et al., "Algorithms for Hyper-Parameter
 * Optimization", 2011; the numbers are Optuna's). Trials that were stopped or failed take part, in the order of
 * `ranked`. Those that still run on other ranks count as the worst, so that not all try the same place: Optuna's constant
 * liar. */
export function suggest(study: Study): Settings {
  const { space, seed, sampler } = study.config;
  const trials = ranked(study);
  const running = runningTrials(study);
  const good = Math.min(Math.ceil(trials.length / 10), MAX_GOOD);
  const names = Object.keys(space).sort(); // a space in another order is the same one
  const values = Object.entries(space).map(([name, parameter]) => {
    if (isFixed(parameter)) return [name, parameter];
    const nextUniform = stream(seed, study.trials.length, names.indexOf(name));
    const axis = axisOf(parameter);
    if (sampler === 'random' || trials.length < STARTUP_TRIALS) return [name, axis.toValue(axis.draw(nextUniform))];
    const points = (some: typeof trials) => some.flatMap(({ settings }) => axis.toPoint(settings[name]) ?? []);
    const [better, others] = [trials.slice(0, good), [...trials.slice(good), ...running]].map((some) =>
      axis.parzen(points(some)),
    );
    return [name, axis.toValue(likeliest(better, others, nextUniform))];
  });
  return Object.fromEntries(values);
}

/** Draws candidates from `better`, and gives the one that it favours most over `others`. */
function likeliest(better: Density, others: Density, nextUniform: () => number): number {
  const candidates = Array.from({ length: CANDIDATES }, () => better.draw(nextUniform));
  const ratios = candidates.map((point) => better.at(point) / others.at(point));
  return candidates[ratios.indexOf(Math.max(...ratios))];
}

/** Uniform numbers for one parameter of one trial. */
function stream(seed: number, trial: number, parameter: number): () => number {
  const key = hashKey(seed, 'search', trial, parameter);
  let element = 0;
  return () => uniform(key, element++);
}
