import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import { parameterView, type StateDict } from '../network/stateDict.js';
import { type Phase, perPart, uniteParts } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import type { Shape } from '../tensor/shape.js';
import type { TensorView } from '../tensor/view.js';
import type { Reduction } from './reduction.js';

/** Elements of a parameter that one thread updates at a time: 64 KB, so that a slice and its sums stay in the cache. */
export const SLICE = 16384;

/** What an update needs to know of its step. */
export interface UpdateStep {
  /** Steps taken before this one. */
  readonly number: number;
  readonly learningRate: number;
  /** That of this parameter. */
  readonly weightDecay: number;
}

/** An optimizer as training sees it: how elements of a parameter change by their gradients. */
export interface UpdateRule {
  /** The weight decay of a parameter. */
  weightDecayOf(shape: Shape): number;
  /** PyTorch's names for what is remembered of each element of a parameter. */
  stateNames(): readonly string[];
  /**
   * Updates some elements of a parameter in place.
   *
   * @param gradient of these elements; it may be written over
   * @param state what is remembered of these elements, by its names; 0 before the first step
   */
  update(
    parameter: Float32Array,
    gradient: Float32Array,
    state: Readonly<Record<string, Float32Array>>,
    step: UpdateStep,
    kernels: Kernels,
  ): void;
}

/** The phases that reduce the gradients and update the parameters, slice by slice; and what the rule remembers of each, by
 * names such as `0.weight.exp_avg`. */
export function planUpdates(
  rule: UpdateRule,
  { kernels, arena }: { readonly kernels: Kernels; readonly arena: Arena },
  parameters: readonly Parameter[],
  reduction: Reduction,
): { phases: Phase[]; state: StateDict } {
  const state = new Map<string, TensorView>();
  const updates = parameters.map((parameter) => {
    const { name, data, gradient, shape } = parameter;
    const remembered = rule.stateNames().map((key) => [key, arena.float32(data.length)] as const);
    for (const [key, array] of remembered) state.set(`${name}.${key}`, parameterView(parameter, array));
    const weightDecay = rule.weightDecayOf(shape);
    return perPart(Math.ceil(data.length / SLICE), (part, pass) => {
      const [start, end] = [part * SLICE, Math.min(data.length, (part + 1) * SLICE)];
      const slice = (array: Float32Array) => array.subarray(start, end);
      reduction.reduce(parameter, start, end, pass);
      const { number, learningRate } = pass;
      const slices = Object.fromEntries(remembered.map(([key, array]) => [key, slice(array)]));
      rule.update(slice(data), slice(gradient), slices, { number, learningRate, weightDecay }, kernels);
    });
  });
  return { phases: [...reduction.phases, ...uniteParts(updates)], state };
}
