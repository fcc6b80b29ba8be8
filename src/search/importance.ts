import { axisOf } from './axis.js';
import { isFixed, isRange, type SearchChoices, type SearchRange, type Settings } from './space.js';
import { ranked, type Study } from './study.js';

const LEAST_TRIALS = 10;
const PARTS = 5;

/** How much each parameter matters by itself for the order of `ranked`, in which trials that were stopped or failed
 * take part too: the trials are grouped by its choices, or by the fifths of its range, and the share is how much of the
 * variance of their ranks is between the groups, less what chance would give, divided by all parameters' sum. That is
 * the statistic of W. Kruskal and W. Wallis, "Use of Ranks in One-Criterion Variance Analysis", 1952, as an effect size
 * (M. Tomczak and E. Tomczak, 2014). What parameters do in pairs is not seen; and as TPE's later trials are good and
 * alike in all of them, those that do not matter get some share in its studies.
 * @returns the parameters that are searched, the most important one first, with shares whose sum is 1; none before ten
 *   trials have ended, or if none matters more than by chance */
export function importance(study: Study): { name: string; share: number }[] {
  const settings = ranked(study).map((trial) => trial.settings);
  if (settings.length < LEAST_TRIALS) return [];
  const effects = Object.entries(study.config.space).flatMap(([name, parameter]) =>
    isFixed(parameter) ? [] : [{ name, effect: effectOf(groups(settings, name, parameter)) }],
  );
  const sum = effects.reduce((total, { effect }) => total + effect, 0);
  if (sum === 0) return [];
  return effects.map(({ name, effect }) => ({ name, share: effect / sum })).sort((a, b) => b.share - a.share);
}

/** The ranks of the trials in each group that has any; a fixed trial's value that is no choice is left out. */
function groups(settings: readonly Settings[], name: string, parameter: SearchRange | SearchChoices): number[][] {
  const { low, high, toPoint } = axisOf(parameter);
  const found = Array.from({ length: isRange(parameter) ? PARTS : parameter.choices.length }, (): number[] => []);
  for (const [rank, { [name]: value }] of settings.entries()) {
    const point = toPoint(value);
    if (point === undefined) continue;
    const part = Math.min(Math.floor((PARTS * (point - low)) / (high - low)), PARTS - 1);
    found[isRange(parameter) ? part : point].push(rank);
  }
  return found.filter(({ length }) => length > 0);
}

/** (H − k + 1) / (n − k), or 0 if that is below: the share of variance that k groups of n ranks explain. */
function effectOf(groups: readonly number[][]): number {
  const ranks = groups.flat();
  const mean = (some: readonly number[]) => some.reduce((sum, rank) => sum + rank, 0) / some.length;
  const whole = mean(ranks);
  const distance = (rank: number) => (rank - whole) * (rank - whole);
  const total = ranks.reduce((sum, rank) => sum + distance(rank), 0);
  const between = groups.reduce((sum, group) => sum + group.length * distance(mean(group)), 0);
  const [n, k] = [ranks.length, groups.length];
  const h = ((n - 1) * between) / total;
  return n > k ? Math.max(0, (h - k + 1) / (n - k)) : 0;
}
