import type { ExchangePhase } from './phase.js';

/** What the machines that share a batch tell each other, in terms of arrays that each of them has memory for whole:
 * - `samples`, `shards`: each gives the numbers of its own samples or shards, `size` of each, and gets all others;
 * - `columns`: of a matrix, each gives the blocks of columns that it computed in a divided phase;
 * - `sum`: each shard's part, one after the other in `slots`, is added up in the order of the shards, and all get the sum. */
export type Transfer =
  | { readonly of: 'samples' | 'shards'; readonly array: Numbers; readonly size: number }
  | { readonly of: 'columns'; readonly array: Float32Array; readonly columns: number; readonly block: number }
  | { readonly of: 'sum'; readonly array: Float32Array; readonly slots: Float32Array };

type Numbers = Float32Array | Float64Array | Int32Array;

/** The phase in which the transfers begin, and one at whose end they have arrived; none where a machine is alone. */
export interface Exchange {
  readonly begin: readonly ExchangePhase[];
  readonly arrival: readonly ExchangePhase[];
}

export const exchange = (ranks: number, transfers: readonly Transfer[]): Exchange =>
  ranks === 1 || transfers.length === 0
    ? { begin: [], arrival: [] }
    : { begin: [{ by: 'exchange', transfers }], arrival: [{ by: 'arrival', transfers }] };

/** An exchange for which all wait at once. */
export function exchangeNow(ranks: number, transfers: readonly Transfer[]): readonly ExchangePhase[] {
  const { begin, arrival } = exchange(ranks, transfers);
  return [...begin, ...arrival];
}
