import type { Augmentation } from '../data/augmentation.js';
import type { Normalization } from '../data/batches.js';
import type { Graph } from '../graph/graph.js';
import type { KernelChoice } from '../kernels/load.js';
import type { ConvolutionChoice } from '../layers/layer.js';
import type { Schedule } from '../optimizers/schedules.js';
import type { TypedOptions } from '../program/registry.js';
import type { Shape } from '../tensor/shape.js';

/** All that determines a run's arithmetic but the data, as plain values: each thread builds the same programs from it. */
export interface RunConfig {
  readonly network: Graph;
  readonly inputShape: Shape;
  readonly batchSize: number;
  readonly shards: number;
  readonly seed: number;
  readonly kernels: KernelChoice;
  readonly convolution: ConvolutionChoice;
  readonly workers: number;
  readonly loss: TypedOptions;
  /** Undefined: the run only evaluates. */
  readonly optimizer: TypedOptions | undefined;
  readonly schedule: Schedule;
  /** Undefined: gradients are not clipped. */
  readonly maxGradientNorm: number | undefined;
  /** 0: no average of the weights is kept. */
  readonly averageDecay: number;
  readonly augmentation: Augmentation;
  readonly testTimeFlip: boolean;
  readonly normalization: Normalization;
  readonly profile: boolean;
  /** What worker threads import before they build the network. */
  readonly layerModules: readonly string[];
}
