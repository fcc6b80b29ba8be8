import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import { type Phase, perPart, uniteParts } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';

/**
 * Gradient clipping by the norm of all gradients together, as torch.nn.utils.clip_grad_norm_: phases that sum each
 * gradient's shards and take its squares, and `clip`, which then scales a slice of a gradient.
 */
export function planClipping(
  kernels: Kernels,
  arena: Arena,
  parameters: readonly Parameter[],
  slice: number,
  maxNorm: number,
): { phases: Phase[]; clip(gradient: Float32Array): void } {
  const parts = parameters.map(({ data }) => Math.ceil(data.length / slice));
  const squares = arena.float64(parts.reduce((sum, count) => sum + count, 0));
  let first = 0;
  const phases = parameters.map(({ gradient, shardGradients, data: { length } }, index) => {
    const place = first;
    first += parts[index];
    return perPart(parts[index], (part, { shards }) => {
      const start = part * slice;
      const sums = gradient.subarray(start, Math.min(length, start + slice));
      if (shardGradients) kernels.sumSlots(shardGradients.subarray(start), shards, length, sums);
      kernels.sumSquares(sums, squares.subarray(place + part));
    });
  });
  return {
    phases: uniteParts(phases),
    clip(gradient) {
      const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
      kernels.scale(gradient, Math.min(1, maxNorm / (norm + 1e-6)));
    },
  };
}
