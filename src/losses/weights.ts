import { HeddleError } from '../errors.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { readRow } from '../tensor/tensorLike.js';
import type { TensorSource } from '../tensor/view.js';
import { inRange } from '../validate.js';

/** Weights as options take them: a list, a typed array or a tensor of one axis. */
export type Weights = ArrayLike<number> | TensorSource;

/** The weights as plain values, for worker threads and checkpoints. @throws HeddleError ARGUMENT for one below 0 */
export const readWeights = (what: string, weights: Weights): readonly number[] =>
  Array.from(readRow(what, weights), (weight, i) => inRange(`${what}[${i}]`, weight, 0, Number.MAX_VALUE));

/** @throws HeddleError SHAPE unless there is a weight for each place on the output's first axis */
export function checkWeights(what: string, weights: readonly number[] | undefined, output: Shape): void {
  if (weights !== undefined && weights.length !== output[0])
    throw new HeddleError(
      'SHAPE',
      `${what} has ${weights.length} numbers for an output of shape ${formatShape(output)}; expected ${output[0]}, one for each`,
    );
}
