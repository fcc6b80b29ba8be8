import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import { endsStep, type Pass, type Phase, perSlice, SLICE, uniteParts } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';

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

/** The mean over the batches of a step: a running sum of the batches' gradients, of which the last batch makes the mean. */
export function meanOverBatches(
  { kernels, arena }: { readonly kernels: Kernels; readonly arena: Arena },
  parameters: readonly Parameter[],
): Reduction {
  const ofBatch = sumReduction(kernels);
  const sums = new Map(
    parameters
      .filter(({ requiresGrad }) => requiresGrad)
      .map(({ name, data }) => [name, arena.float32(data.length, 'gradients')]),
  );
  return {
    phases: [],
    reduce(parameter, start, end, pass) {
      ofBatch.reduce(parameter, start, end, pass);
      if (!pass.batch) return;
      const gradient = parameter.gradient.subarray(start, end);
      const sum = (sums.get(parameter.name) as Float32Array).subarray(start, end);
      if (pass.batch.index === 0) sum.set(gradient);
      else kernels.add(sum, gradient, sum);
      if (!endsStep(pass)) return;
      gradient.set(sum);
      kernels.scale(gradient, 1 / pass.batch.count);
    },
  };
}

/** Gradient clipping by the norm of all gradients together, as torch.nn.utils.clip_grad_norm_: phases make each gradient what
 * `inner` makes of it and take its squares; each slice is scaled when it is reduced. */
export function clippedReduction(
  { kernels, arena }: { readonly kernels: Kernels; readonly arena: Arena },
  parameters: readonly Parameter[],
  inner: Reduction,
  maxNorm: number,
  slice = SLICE,
): Reduction {
  const trained = parameters.filter(({ requiresGrad }) => requiresGrad);
  const parts = trained.map(({ data }) => Math.ceil(data.length / slice));
  const squares = arena.float64(parts.reduce((total, count) => total + count, 0));
  let first = 0;
  const phases = trained.map((parameter, index) => {
    const { gradient } = parameter;
    const place = first;
    first += parts[index];
    const sumSlice = (start: number, end: number, pass: Pass, part: number) => {
      inner.reduce(parameter, start, end, pass);
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
