import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import type { Pass, Phase } from '../program/phase.js';

/** How the gradients that a step's shards have written become the one that an optimizer is given. */
export interface Reduction {
  /** Run before the first slice is reduced. */
  readonly phases: readonly Phase[];
  /** Makes the elements from `start` to before `end` of a parameter's gradient what the optimizer is to see. The thread that
   * calls it updates them next, while they are in its cache. */
  reduce(parameter: Parameter, start: number, end: number, pass: Pass): void;
}

/** The sum over the shards, in their order. */
export const sumReduction = (kernels: Kernels): Reduction => ({
  phases: [],
  reduce({ gradient, shardGradients }, start, end, { shards }) {
    if (shardGradients)
      kernels.sumShards(shardGradients.subarray(start), shards, gradient.length, gradient.subarray(start, end));
  },
});

/** For gradients that Model.backward has summed. */
export const noReduction: Reduction = { phases: [], reduce() {} };
