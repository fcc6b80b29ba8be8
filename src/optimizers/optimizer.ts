import type { Kernels } from '../kernels/kernels.js';
import { Model } from '../network/model.js';
import { runAlone } from '../program/phase.js';
import type { Shape } from '../tensor/shape.js';
import { inRange, instance, oneOf, plainObject, required } from '../validate.js';
import { checkGroups, learningRates, type ParameterGroup } from './groups.js';
import {
  type CountedUpdates,
  loadOptimizerState,
  type OptimizerStateDict,
  optimizerStateDict,
} from './optimizerState.js';
import { noReduction } from './reduction.js';
import { planUpdates, type UpdateRule, type UpdateStep } from './updates.js';

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
  /** Parameters with settings of their own; the others have the optimizer's. */
  groups?: readonly ParameterGroup[] | undefined;
}

/** What the optimizers share. Their names, defaults and updates are those of torch.optim. One of your own extends this class;
 * its fields are the options of its constructor, plain values, from which worker threads make it again: see
 * registerOptimizer. */
export abstract class Optimizer implements UpdateRule {
  abstract readonly type: string;
  /** A loop of your own may change it from step to step; a Trainer takes the one that it is made with. */
  learningRate: number;
  readonly weightDecay: number;
  readonly decay: Decay;
  /** Absent where all parameters have the optimizer's settings. */
  declare readonly groups?: readonly ParameterGroup[];
  /** The models that `step` has updated, and how often. */
  readonly #models = new WeakMap<Model, CountedUpdates>();

  constructor(options: OptimizerOptions) {
    const {
      learningRate,
      weightDecay = 0,
      decay = 'all',
      groups,
    } = plainObject(`options of ${new.target.name}`, options);
    this.learningRate = inRange(`${new.target.name} learningRate`, learningRate, 0, Number.MAX_VALUE);
    this.weightDecay = inRange(`${new.target.name} weightDecay`, weightDecay, 0, Number.MAX_VALUE);
    this.decay = oneOf(`${new.target.name} decay`, decay, decayChoices);
    if (groups !== undefined) this.groups = checkGroups(new.target.name, groups);
  }

  /** The weight decay of a parameter, in a group or in none. */
  weightDecayOf(shape: Shape, group?: ParameterGroup): number {
    return this.decay === 'all' || shape.length > 1 ? (group?.weightDecay ?? this.weightDecay) : 0;
  }

  /** Whether PyTorch's has a `step` in its state. */
  countsSteps(): boolean {
    return true;
  }

  /** Settings that all of its groups share, by PyTorch's names. */
  settings(): Readonly<Record<string, unknown>> {
    const apart = ['type', 'learningRate', 'weightDecay', 'decay', 'groups'];
    return Object.fromEntries(Object.entries(this).filter(([name]) => !apart.includes(name)));
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
    const updates = this.#updatesOf(model);
    const [learningRate, ...groupRates] = learningRates(this);
    const pass = { samples: 0, shards: 0, training: true, number: updates.steps++, learningRate, groupRates };
    model.reserveScratch(updates.scratch);
    runAlone(updates.phases, pass, model.scratch[0]);
    model.weightsChanged();
  }

  /** What `step` remembers of a model, and the settings, as torch.optim's state_dict has them; tensors are views, which the
   * next step changes. Parameters that are in no group come first, then each group's; where `decay` spares some of them,
   * these make a group of their own behind the others. */
  stateDict(model: Model): OptimizerStateDict {
    required('optimizer.stateDict(model)', { model });
    return optimizerStateDict(this, this.#updatesOf(instance('model', model, Model)));
  }

  /** Goes on where another optimizer stopped, this one's like or PyTorch's: the learning rates are the state's afterwards,
   * and its other settings have to be this optimizer's.
   *
   * @throws HeddleError STATE_DICT naming all that does not fit; nothing is copied then */
  loadStateDict(model: Model, state: OptimizerStateDict): void {
    required('optimizer.loadStateDict(model, state)', { model, state });
    loadOptimizerState(this, this.#updatesOf(instance('model', model, Model)), state);
  }

  #updatesOf(model: Model): CountedUpdates {
    const updates = this.#models.get(model) ?? { ...planUpdates(this, model, model.parameters, noReduction), steps: 0 };
    this.#models.set(model, updates);
    return updates;
  }
}
