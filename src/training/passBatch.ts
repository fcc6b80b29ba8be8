import type { Dataset } from '../data/dataset.js';
import { type LossBatch, type TargetKind, takeTargets } from '../losses/loss.js';
import type { Arena } from '../tensor/arena.js';

/** The samples of a pass. The numbers lie in memory that all threads of a run share. */
export interface PassBatch extends LossBatch {
  /** Each sample's place in the data set. */
  readonly indices: Int32Array;
  /** Every thread is told it before the pass. */
  dataset: Dataset | undefined;
}

/** Memory for them. Each counts 1, unless a loss writes something else. */
export function takeBatch(targets: TargetKind, batchSize: number, arena: Arena): PassBatch {
  const batch = {
    indices: arena.int32(batchSize),
    targets: takeTargets(targets, batchSize, arena),
    losses: arena.float64(batchSize),
    weights: arena.float64(batchSize),
    dataset: undefined,
  };
  if (arena.isNew) batch.weights.fill(1);
  return batch;
}
