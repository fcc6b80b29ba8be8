/** What the machines that share a batch tell each other, in terms of arrays that each of them has memory for whole:
 * - `samples`, `shards`: each gives the numbers of its own samples or shards, `size` of each, and gets all others;
 * - `columns`: of a matrix, each gives the blocks of columns that it computed in a divided phase;
 * - `sum`: each shard's part, one after the other in `slots`, is added up in the order of the shards, and all get the sum. */
export type Transfer =
  | {
      readonly of: 'samples' | 'shards';
      readonly array: Float32Array | Float64Array | Int32Array;
      readonly size: number;
    }
  | { readonly of: 'columns'; readonly array: Float32Array; readonly columns: number; readonly block: number }
  | { readonly of: 'sum'; readonly array: Float32Array; readonly slots: Float32Array };
