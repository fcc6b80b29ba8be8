import { type Exchange, exchange } from '../program/exchange.js';
import type { ExchangePhase } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import type { Activation, Parameter, Planner } from './layer.js';

/** Rows of a product that sums over all of a batch, from which on machines divide it: so many multiplications for each number of
 * the result take two cores longer than a network of 10 Gbit/s takes to send it, by a rough estimate. */
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
  readonly results: readonly ExchangePhase[];
}

/** The parameters of a layer, and which of their gradients are computed block by block of their columns, each by one thread. */
interface Parameters {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly inColumns: readonly (Parameter | undefined)[];
  readonly columns: number;
  readonly block: number;
}

/** @param pixels of an output */
export function planWholeBatch(
  { ranks, batchSize }: Planner,
  input: Activation,
  output: Pick<Activation, 'shape' | 'gradient'>,
  pixels: number,
  { weight, bias, inColumns, columns, block }: Parameters,
): WholeBatch {
  const rowsOf = (isWanted: boolean | undefined, array: Float32Array, shape: Shape) =>
    exchange(isWanted ? ranks : 1, 'rows', [{ of: 'samples', array, size: sizeOf(shape) }]);
  const divided = ranks > 1 && batchSize * pixels >= MANY_ROWS;
  const completes = inColumns.flatMap((parameter) => (parameter?.requiresGrad ? [parameter.gradient] : []));
  const transfers = completes.map((array) => ({ of: 'columns', array, columns, block }) as const);
  return {
    input: rowsOf(weight.requiresGrad, input.data, input.shape),
    upstream: rowsOf(weight.requiresGrad || bias?.requiresGrad, output.gradient, output.shape),
    divided,
    results: divided ? exchange(ranks, 'gradients', transfers, completes).begin : [],
  };
}
