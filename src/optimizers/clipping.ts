import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import { perPart, uniteParts } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import { type Reduction, sumReduction } from './reduction.js';

/**
 * Gradient clipping by the norm of all gradients together, as torch.nn.utils.clip_grad_norm_: phases sum each gradient over
 * the shards, `slice` elements at a time, and take its squares; each slice is scaled when it is reduced.
 */
export function clippedReduction(
  { kernels, arena }: { readonly kernels: Kernels; readonly arena: Arena },
  parameters: readonly Parameter[],
  slice: number,
  maxNorm: number,
): Reduction {
  const sum = sumReduction(kernels);
  const parts = parameters.map(({ data }) => Math.ceil(data.length / slice));
  const squares = arena.float64(parts.reduce((total, count) => total + count, 0));
  let first = 0;
  const phases = parameters.map((parameter, index) => {
    const { gradient } = parameter;
    const place = first;
    first += parts[index];
    return perPart(parts[index], (part, pass) => {
      const [start, end] = [part * slice, Math.min(gradient.length, (part + 1) * slice)];
      sum.reduce(parameter, start, end, pass);
      kernels.sumSquares(gradient.subarray(start, end), squares.subarray(place + part));
    });
  });
  return {
    phases: uniteParts(phases),
    reduce({ gradient }, start, end) {
      const norm = Math.sqrt(squares.reduce((total, square) => total + square, 0));
      kernels.scale(gradient.subarray(start, end), Math.min(1, maxNorm / (norm + 1e-6)));
    },
  };
}
