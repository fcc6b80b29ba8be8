import type { Kernels } from '../kernels/kernels.js';
import { Model } from '../network/model.js';
import { type Phase, runAlone } from '../program/phase.js';
import type { Shape } from '../tensor/shape.js';
import { inRange, instance, oneOf, plainObject, required } from '../validate.js';
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
}

/**
 * What the optimizers share. Their names, defaults and updates are those of torch.optim. One of your own extends this class;
 * its fields are the options of its constructor, plain values, from which worker threads make it again: see
 * registerOptimizer.
 */
export abstract class Optimizer implements UpdateRule {
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

  weightDecayOf(shape: Shape): number {
    return this.decay === 'all' || shape.length > 1 ? this.weightDecay : 0;
  }

  abstract stateNames(): readonly string[];

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
