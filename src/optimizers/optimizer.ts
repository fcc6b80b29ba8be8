import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import { Model } from '../network/model.js';
import { parameterView, type StateDict } from '../network/stateDict.js';
import { type Phase, runAlone, uniteParts } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import type { Shape } from '../tensor/shape.js';
import type { TensorView } from '../tensor/view.js';
import { inRange, instance, oneOf, plainObject, required } from '../validate.js';
import { noReduction, perSlice, type Reduction } from './reduction.js';

/** Which parameters decay: all, as PyTorch's optimizers have it, or those of two and more dimensions, which spares
 * biases and BatchNorm. */
export type Decay = 'all' | 'weights';

const decayChoices: readonly Decay[] = ['all', 'weights'];

export interface OptimizerOptions {
  /** The peak of the schedule, where there is one. */
  learningRate: number;
  /** Default 0, but for AdamW: 0.01. */
  weightDecay?: number;
  /** Default 'all'. */
  decay?: Decay;
}

/** What an update needs to know of its step. */
export interface UpdateStep {
  /** Steps taken before this one. */
  readonly number: number;
  readonly learningRate: number;
  /** That of this parameter. */
  readonly weightDecay: number;
}

/** An optimizer as training sees it: how elements of a parameter change by their gradients. */
export type UpdateRule = Pick<Optimizer, 'weightDecayOf' | 'stateNames' | 'update'>;

/** What the optimizers share. Their names, defaults and updates are those of torch.optim. One of your own extends this class;
 * its fields are the options of its constructor, plain values, from which worker threads make it again: see
 * registerOptimizer. */
export abstract class Optimizer {
  abstract readonly type: string;
  /** A loop of your own may change it from step to step; a Trainer takes the one that it is made with. */
  learningRate: number;
  readonly weightDecay: number;
  readonly decay: Decay;
  /** The models that `step` has updated, and how often. */
  readonly #models = new WeakMap<Model, { readonly phases: Phase[]; steps: number }>();

  constructor(options: OptimizerOptions) {
    const { learningRate, weightDecay = 0, decay = 'all' } = plainObject(`options of ${new.target.name}`, options);
    this.learningRate = inRange(`${new.target.name} learningRate`, learningRate, 0, Number.MAX_VALUE);
    this.weightDecay = inRange(`${new.target.name} weightDecay`, weightDecay, 0, Number.MAX_VALUE);
    this.decay = oneOf(`${new.target.name} decay`, decay, decayChoices);
  }

  /** The weight decay of a parameter. */
  weightDecayOf(shape: Shape): number {
    return this.decay === 'all' || shape.length > 1 ? this.weightDecay : 0;
  }

  /** PyTorch's names for what is remembered of each element of a parameter. */
  abstract stateNames(): readonly string[];

  /** Updates some elements of a parameter in place.
   *
   * @param gradient of these elements; it may be written over
   * @param state what is remembered of these elements, by its names; 0 before the first step */
  abstract update(
    parameter: Float32Array,
    gradient: Float32Array,
    state: Readonly<Record<string, Float32Array>>,
    step: UpdateStep,
    kernels: Kernels,
  ): void;

  /** Updates a model's parameters by their gradients, as Model.backward left them. A Trainer does this by itself. */
  step(model: Model): void {
    required('optimizer.step(model)', { model });
    instance('model', model, Model);
    const known = this.#models.get(model);
    const updates = known ?? { phases: planUpdates(this, model, model.parameters, noReduction).phases, steps: 0 };
    this.#models.set(model, updates);
    const pass = { samples: 0, shards: 0, training: true, number: updates.steps++, learningRate: this.learningRate };
    runAlone(updates.phases, pass, model.scratch[0]);
    model.weightsChanged();
  }
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
  const trained = parameters.filter(({ requiresGrad }) => requiresGrad);
  const updates = trained.map((parameter) => {
    const { name, data, gradient, shape } = parameter;
    const remembered = rule.stateNames().map((key) => [key, arena.float32(data.length, 'the optimizer')] as const);
    for (const [key, array] of remembered) state.set(`${name}.${key}`, parameterView(parameter, array));
    const weightDecay = rule.weightDecayOf(shape);
    return perSlice(data.length, (start, end, pass) => {
      const slice = (array: Float32Array) => array.subarray(start, end);
      reduction.reduce(parameter, start, end, pass);
      const { number, learningRate } = pass;
      const slices = Object.fromEntries(remembered.map(([key, array]) => [key, slice(array)]));
      rule.update(slice(data), slice(gradient), slices, { number, learningRate, weightDecay }, kernels);
    });
  });
  return { phases: [...reduction.phases, ...uniteParts(updates)], state };
}
