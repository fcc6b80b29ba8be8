import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import { type Pass, type Phase, perPart, uniteParts } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';

/** Elements that one thread works on at a time: 64 KB, so that a slice and its sums stay in the cache. */
export const SLICE = 16384;

/** Phases by part over arrays of so many elements, a slice at a time. */
export const perSlice = (
  length: number,
  run: (start: number, end: number, pass: Pass, part: number) => void,
  slice = SLICE,
) =>
  perPart(Math.ceil(length / slice), (part, pass) =>
    run(part * slice, Math.min(length, (part + 1) * slice), pass, part),
  );

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

/** Gradient clipping by the norm of all gradients together, as torch.nn.utils.clip_grad_norm_: phases sum each gradient over
 * the shards and take its squares; each slice is scaled when it is reduced. */
export function clippedReduction(
  { kernels, arena }: { readonly kernels: Kernels; readonly arena: Arena },
  parameters: readonly Parameter[],
  maxNorm: number,
  slice = SLICE,
): Reduction {
  const sum = sumReduction(kernels);
  const trained = parameters.filter(({ requiresGrad }) => requiresGrad);
  const parts = trained.map(({ data }) => Math.ceil(data.length / slice));
  const squares = arena.float64(parts.reduce((total, count) => total + count, 0));
  let first = 0;
  const phases = trained.map((parameter, index) => {
    const { gradient } = parameter;
    const place = first;
    first += parts[index];
    const sumSlice = (start: number, end: number, pass: Pass, part: number) => {
      sum.reduce(parameter, start, end, pass);
      kernels.sumSquares(gradient.subarray(start, end), squares.subarray(place + part));
    };
    return perSlice(gradient.length, sumSlice, slice);
  });
  return {
    phases: uniteParts(phases),
    reduce({ gradient }, start, end) {
      const norm = Math.sqrt(squares.reduce((total, square) => total + square, 0));
      kernels.scale(gradient.subarray(start, end), Math.min(1, maxNorm / (norm + 1e-6)));
    },
  };
}
