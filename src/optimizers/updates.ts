import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import type { Model } from '../network/model.js';
import { parameterView, type StateDict } from '../network/stateDict.js';
import { endsStep, type PartPhase, type Pass, type Phase, perSlice, uniteParts } from '../program/phase.js';
import type { Shape } from '../tensor/shape.js';
import type { TensorView } from '../tensor/view.js';
import { type Grouped, groupParameters, type ParameterGroup, type ParameterNames } from './groups.js';
import type { Reduction } from './reduction.js';

/** What an update needs to know of its step. */
export interface UpdateStep {
  /** Steps taken before this one. */
  readonly number: number;
  /** That of this parameter. */
  readonly learningRate: number;
  /** That of this parameter. */
  readonly weightDecay: number;
}

/** An optimizer as training sees it: how elements of a parameter change by their gradients. */
export interface UpdateRule extends Grouped {
  weightDecayOf(shape: Shape, group?: ParameterGroup): number;
  stateNames(): readonly string[];
  update(
    parameter: Float32Array,
    gradient: Float32Array,
    state: Readonly<Record<string, Float32Array>>,
    step: UpdateStep,
    kernels: Kernels,
  ): void;
}

/** The updates of a model's parameters. */
export interface Updates {
  /** All of them. */
  readonly phases: readonly Phase[];
  /** The update of each parameter by its gradient, unless one has to wait for the gradients of others. */
  readonly ofGradients: ReadonlyMap<Float32Array, PartPhase> | undefined;
  /** What the rule remembers of each parameter, by names such as `0.weight.exp_avg`. */
  readonly state: StateDict;
  /** The parameters in no group, then each group's, without those that are frozen. */
  readonly groups: readonly (readonly Parameter[])[];
}

/** Plans phases that reduce the gradients and update the parameters, slice by slice. */
export function planUpdates(
  rule: UpdateRule,
  model: Pick<Model, 'kernels' | 'arena'> & ParameterNames,
  parameters: readonly Parameter[],
  reduction: Reduction,
): Updates {
  const { kernels, arena } = model;
  const state = new Map<string, TensorView>();
  const plan = (parameter: Parameter, place: number) => {
    const { name, data, gradient, shape } = parameter;
    const remembered = rule.stateNames().map((key) => [key, arena.float32(data.length, 'the optimizer')] as const);
    for (const [key, array] of remembered) state.set(`${name}.${key}`, parameterView(parameter, array));
    const weightDecay = rule.weightDecayOf(shape, rule.groups?.[place - 1]);
    return perSlice(data.length, (start, end, pass) => {
      const slice = (array: Float32Array) => array.subarray(start, end);
      reduction.reduce(parameter, start, end, pass);
      if (!endsStep(pass)) return;
      const slices = Object.fromEntries(remembered.map(([key, array]) => [key, slice(array)]));
      const step = { number: pass.number, learningRate: rateOf(place, pass), weightDecay };
      rule.update(slice(data), slice(gradient), slices, step, kernels);
    });
  };
  const groups = groupParameters(rule, model, parameters).map((members) =>
    members.filter(({ requiresGrad }) => requiresGrad),
  );
  const updates = new Map(
    groups.flatMap((members, place) => members.map((parameter) => [parameter.gradient, plan(parameter, place)])),
  );
  const { phases } = reduction;
  return {
    phases: [...phases, ...uniteParts([...updates.values()])],
    ofGradients: phases.length > 0 ? undefined : updates,
    state,
    groups,
  };
}

/** The learning rate at a place among the groups, of which 0 is that of no group. */
const rateOf = (place: number, { learningRate, groupRates = [] }: Pass) =>
  place === 0 ? learningRate : groupRates[place - 1];
