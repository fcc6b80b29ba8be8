import { type Exchange, exchange } from '../program/exchange.js';
import type { Phase } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import type { Activation, Parameter, Planner } from './layer.js';

/** Rows of a product that sums over all of a batch, from which on it takes longer on every machine than to do a part on each and
 * send the results around: at 10 Gbit/s, with two cores a machine. */
const MANY_ROWS = 512;

/** How machines compute gradients of parameters that are sums over the whole batch. Each gets the others' rows of the input and of
 * the upstream gradient, which are fewer numbers than the gradients of all shards would be. */
export interface WholeBatch {
  /** Of the input, which is known from the forward pass on; then of the upstream gradient. */
  readonly input: Exchange;
  readonly upstream: Exchange;
  /** Whether each machine then computes some of the columns alone. */
  readonly divided: boolean;
  /** The exchange of these behind it. */
  readonly results: readonly Phase[];
}

/** @param pixels of an output
 * @param columns of the gradients, in blocks of which each is computed by one thread
 * @param parameters whose gradients it is about */
export function planWholeBatch(
  { ranks, batchSize }: Planner,
  input: Activation,
  output: Pick<Activation, 'shape' | 'gradient'>,
  pixels: number,
  { columns, block }: { readonly columns: number; readonly block: number },
  parameters: readonly (Parameter | undefined)[],
): WholeBatch {
  const trained = parameters.flatMap((parameter) => (parameter?.requiresGrad ? [parameter.gradient] : []));
  const rowsOf = (array: Float32Array, shape: Shape) =>
    exchange(trained.length > 0 ? ranks : 1, 'rows', [{ of: 'samples', array, size: sizeOf(shape) }]);
  const divided = ranks > 1 && batchSize * pixels >= MANY_ROWS;
  const results = exchange(
    divided ? ranks : 1,
    'gradients',
    trained.map((array) => ({ of: 'columns', array, columns, block })),
  ).begin.map((phase) => ({ ...phase, completes: trained }));
  return {
    input: rowsOf(input.data, input.shape),
    upstream: rowsOf(output.gradient, output.shape),
    divided,
    results: results as Phase[],
  };
}
