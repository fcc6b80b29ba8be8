import type { ImageDataset } from '../data/imageDataset.js';
import type { Arena } from '../tensor/arena.js';

/** The samples of a pass. The numbers lie in memory that all threads of a run share. */
export interface PassBatch {
  /** Each sample's place in the data set. */
  readonly indices: Int32Array;
  /** Each sample's label, and its loss. */
  readonly targets: Int32Array;
  readonly losses: Float64Array;
  /** Every thread is told it before the pass. */
  dataset: ImageDataset | undefined;
}

export const createBatch = (arena: Arena, batchSize: number): PassBatch => ({
  indices: arena.int32(batchSize),
  targets: arena.int32(batchSize),
  losses: arena.float64(batchSize),
  dataset: undefined,
});
