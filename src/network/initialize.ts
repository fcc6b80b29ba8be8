import type { Buffer, Initial, Parameter } from '../layers/layer.js';
import { type HashKey, hashKey, uniform } from '../tensor/random.js';
import { cosPi, logAboveOne } from '../tensor/transcendental.js';
import { forEachPlace } from '../tensor/view.js';
import { parameterView } from './stateDict.js';

/** Sets parameters and buffers as their layers ask; element i in PyTorch's order gets random number i. */
export function initialize(parameters: readonly Parameter[], buffers: readonly Buffer[], seed: number): void {
  for (const [index, parameter] of parameters.entries()) {
    const number = drawn(parameter.initial, hashKey(seed, 'initialize', index));
    const { data } = parameter;
    forEachPlace(parameterView(parameter), (place, i) => {
      data[place] = number(i);
    });
  }
  for (const { data, initial } of buffers) {
    if (data instanceof BigInt64Array) data.fill(BigInt(initial));
    else data.fill(initial);
  }
}

/** The number of each element. */
function drawn(initial: Initial, key: HashKey): (i: number) => number {
  if ('constant' in initial) return () => initial.constant;
  if ('uniform' in initial) return (i) => (2 * uniform(key, i) - 1) * initial.uniform;
  return (i) => normal(key, i) * initial.normal;
}

/** A standard normal number, by Box and Muller's method: of radius √(−2 ln u), u in (0, 1], and of an angle between 0 and π,
 * whose cosines are those of all angles. */
const normal = (key: HashKey, i: number): number =>
  Math.sqrt(2 * logAboveOne(1 / (1 - uniform(key, 2 * i)))) * cosPi(uniform(key, 2 * i + 1));
