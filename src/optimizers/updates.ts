import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import type { Model } from '../network/model.js';
import { parameterView, type StateDict } from '../network/stateDict.js';
import { endsStep, type PartPhase, type Pass, type Phase, perSlice, uniteParts } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
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
  /** The rule of the parameters that this one does not take. */
  readonly others?: UpdateRule;
  /** Those that this rule updates; absent, all. */
  takes?(model: ParameterNames, parameters: readonly Parameter[]): readonly Parameter[];
  weightDecayOf(shape: Shape, group?: ParameterGroup): number;
  /** Whether PyTorch's has a `step` in its state. */
  countsSteps(): boolean;
  /** Settings that all of its groups share, by PyTorch's names. */
  settings(): Readonly<Record<string, unknown>>;
  stateNames(): readonly string[];
  update(
    parameter: Float32Array,
    gradient: Float32Array,
    state: Readonly<Record<string, Float32Array>>,
    step: UpdateStep,
    kernels: Kernels,
  ): void;
  /** How a parameter is updated by all of its gradient at once; absent, slice by slice, by `update` alone. */
  plan?(parameter: Parameter, planner: UpdatePlanner): ParameterUpdate;
}

/** What a rule gets to plan the update of a parameter with. Arrays must be taken in the same order on every thread. */
export interface UpdatePlanner {
  readonly kernels: Kernels;
  readonly arena: Arena;
  /** What the rule remembers of each of the parameter's elements, by its names. */
  readonly state: Readonly<Record<string, Float32Array>>;
  stepOf(pass: Pass): UpdateStep;
  /** Asks for at least so many floats of scratch memory for each thread. */
  scratch(floats: number): void;
}

/** An update that needs the whole gradient. */
export interface ParameterUpdate {
  /** Sees each slice of the gradient as soon as it is there; slices are of SLICE elements, the last one of what is left. */
  slice(start: number, end: number, step: UpdateStep): void;
  /** Run one after the other, once all slices have been seen. */
  readonly phases: readonly PartPhase[];
}

/** Parameters that one rule updates with the same learning rate: those in no group of it, or in one. */
export interface UpdateGroup {
  readonly rule: UpdateRule;
  readonly group: ParameterGroup | undefined;
  /** Without those that are frozen. */
  readonly members: readonly Parameter[];
}

/** The updates of a model's parameters. */
export interface Updates {
  /** All of them. */
  readonly phases: readonly Phase[];
  /** What begins the update of each parameter by its gradient, unless one has to wait for the gradients of others. */
  readonly ofGradients: ReadonlyMap<Float32Array, PartPhase> | undefined;
  /** What ends the updates that have more than one phase, after all of `ofGradients`. */
  readonly last: readonly PartPhase[];
  /** What the rules remember of each parameter, by names such as `0.weight.exp_avg`. */
  readonly state: StateDict;
  /** In the order of the learning rates. */
  readonly groups: readonly UpdateGroup[];
  /** Floats of scratch memory that the phases want for each thread. */
  readonly scratch: number;
}

/** Plans phases that reduce the gradients and update the parameters, slice by slice, and those in which a rule works on whole
 * parameters: of all parameters at once, so that threads wait for each other as seldom as for one. */
export function planUpdates(
  rule: UpdateRule,
  model: Pick<Model, 'kernels' | 'arena'> & ParameterNames,
  parameters: readonly Parameter[],
  reduction: Reduction,
): Updates {
  const groups = updateGroups(rule, model, parameters);
  const state = new Map<string, TensorView>();
  const first = new Map<Float32Array, PartPhase>();
  const others: (readonly PartPhase[])[] = [];
  let scratch = 0;
  const scratchOf = (floats: number) => {
    scratch = Math.max(scratch, floats);
  };
  for (const [place, { members, ...group }] of groups.entries())
    for (const parameter of members) {
      const { slice, phases } = planUpdate(parameter, group, place, model, state, scratchOf);
      const begin = perSlice(parameter.data.length, (start, end, pass) => {
        reduction.reduce(parameter, start, end, pass);
        if (endsStep(pass)) slice(start, end, pass);
      });
      first.set(parameter.gradient, begin);
      others.push(phases.map(atEndOfStep));
    }
  const stages = Math.max(0, ...others.map(({ length }) => length));
  const last = Array.from({ length: stages }, (_, stage) => uniteParts(others.flatMap((of) => of[stage] ?? []))).flat();
  return {
    phases: [...reduction.phases, ...uniteParts([...first.values()]), ...last],
    ofGradients: reduction.phases.length > 0 ? undefined : first,
    last,
    state,
    groups,
    scratch,
  };
}

/** The update of one parameter, with what its rule remembers added to the state. */
function planUpdate(
  parameter: Parameter,
  { rule, group }: Omit<UpdateGroup, 'members'>,
  place: number,
  { kernels, arena }: Pick<Model, 'kernels' | 'arena'>,
  state: Map<string, TensorView>,
  scratch: UpdatePlanner['scratch'],
) {
  const { name, data, gradient, shape } = parameter;
  const remembered = rule.stateNames().map((key) => [key, arena.float32(data.length, 'the optimizer')] as const);
  for (const [key, array] of remembered) state.set(`${name}.${key}`, parameterView(parameter, array));
  const weightDecay = rule.weightDecayOf(shape, group);
  const stepOf = (pass: Pass) => ({ number: pass.number, learningRate: rateOf(place, pass), weightDecay });
  const planner = { kernels, arena, state: Object.fromEntries(remembered), stepOf, scratch };
  const planned = rule.plan?.(parameter, planner);
  const slice = (start: number, end: number, pass: Pass) => {
    const step = stepOf(pass);
    if (planned) return planned.slice(start, end, step);
    const part = (array: Float32Array) => array.subarray(start, end);
    const parts = Object.fromEntries(remembered.map(([key, array]) => [key, part(array)]));
    rule.update(part(data), part(gradient), parts, step, kernels);
  };
  return { slice, phases: planned?.phases ?? [] };
}

/** The parameters in no group of a rule, then those of each group, then those of the rule that has the others. */
function updateGroups(rule: UpdateRule, model: ParameterNames, parameters: readonly Parameter[]): UpdateGroup[] {
  const own = rule.takes?.(model, parameters) ?? parameters;
  const groups = groupParameters(rule, model, own).map((members, place) => ({
    rule,
    group: rule.groups?.[place - 1],
    members: members.filter(({ requiresGrad }) => requiresGrad),
  }));
  if (!rule.others) return groups;
  const left = parameters.filter((parameter) => !own.includes(parameter));
  return [...groups, ...updateGroups(rule.others, model, left)];
}

const atEndOfStep = (phase: PartPhase): PartPhase => ({
  ...phase,
  run(part: number, pass: Pass, scratch: Float32Array) {
    if (endsStep(pass)) phase.run(part, pass, scratch);
  },
});

/** The learning rate at a place among the groups, of which 0 is the first rule's own. */
const rateOf = (place: number, { learningRate, groupRates = [] }: Pass) =>
  place === 0 ? learningRate : groupRates[place - 1];
