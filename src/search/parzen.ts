import { drawNormal, normalDensity, normalShare } from './arithmetic.js';

/** How likely the points of a parameter are. */
export interface Density {
  at(point: number): number;
  draw(nextUniform: () => number): number;
}

/** A normal distribution, cut off at the ends of a range. */
type Bump = Readonly<Record<'mean' | 'deviation', number>>;

/** The mean of normal distributions that are cut off at `low` and `high`, their means between these. */
function mixture(bumps: readonly Bump[], low: number, high: number): Density {
  const scales = bumps.map(({ mean, deviation }) => {
    const inside = normalShare((high - mean) / deviation) - normalShare((low - mean) / deviation);
    return 1 / (deviation * inside * bumps.length);
  });
  return {
    at: (point) =>
      bumps.reduce((sum, { mean, deviation }, i) => sum + scales[i] * normalDensity((point - mean) / deviation), 0),
    draw: (nextUniform) => {
      const { mean, deviation } = bumps[Math.floor(nextUniform() * bumps.length)];
      let point: number;
      do point = mean + deviation * drawNormal(nextUniform);
      while (point < low || point > high);
      return point;
    },
  };
}

/** A Parzen estimator of points in a range: a bump for each, and the prior, as wide as the range. A bump's deviation is
 * the distance to its farther neighbour, within bounds: at most the range, and at least the range over the number of
 * bumps plus one, or over a hundred (J. Bergstra et al., "Making a Science of Model Search", 2013, and its code,
 * Hyperopt). */
export function parzenOfRange(points: readonly number[], low: number, high: number): Density {
  const whole: Bump = { mean: (low + high) / 2, deviation: high - low };
  const means = [...points, whole.mean].sort((a, b) => a - b);
  const least = (high - low) / Math.min(100, means.length + 1);
  const bumps = means.map((mean, i) => {
    const distance = Math.max(mean - (means[i - 1] ?? mean), (means[i + 1] ?? mean) - mean);
    return { mean, deviation: Math.min(Math.max(distance, least), high - low) };
  });
  bumps[means.indexOf(whole.mean)] = whole;
  return mixture(bumps, low, high);
}

/** The shares of choices: each counts as often as it was taken, and once more. */
export function parzenOfChoices(points: readonly number[], count: number): Density {
  const shares = Array.from({ length: count }, () => 1 / (points.length + count));
  for (const point of points) shares[point] += 1 / (points.length + count);
  return {
    at: (point) => shares[point],
    draw: (nextUniform) => {
      let rest = nextUniform();
      const point = shares.findIndex((share) => {
        rest -= share;
        return rest < 0;
      });
      return point < 0 ? count - 1 : point;
    },
  };
}
