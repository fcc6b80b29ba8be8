import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import { Model } from '../network/model.js';
import { parameterView, type StateDict } from '../network/stateDict.js';
import { type Pass, type Phase, perPart, runAlone, uniteParts } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import type { TensorView } from '../tensor/view.js';
import { inRange, instance, oneOf, required } from '../validate.js';
import { planClipping } from './clipping.js';

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

/** Elements of a parameter that one thread updates at a time: 64 KB, so that a slice and its sums stay in the cache. */
export const SLICE = 16384;

/** How one parameter is updated: what is remembered of it, by PyTorch's names, and the update of a slice. */
export interface ParameterUpdate {
  readonly state: Readonly<Record<string, Float32Array>>;
  run(start: number, end: number, pass: Pass): void;
}

/** What the optimizers share. Their names, defaults and updates are those of torch.optim. */
export abstract class Optimizer {
  abstract readonly type: string;
  /** A loop of your own may change it from step to step; a Trainer takes the one that it is made with. */
  learningRate: number;
  readonly weightDecay: number;
  readonly decay: Decay;
  /** The models that `step` has updated, and how often. */
  readonly #models = new WeakMap<Model, { readonly phases: Phase[]; steps: number }>();

  protected constructor({ learningRate, weightDecay, decay }: Required<OptimizerOptions>) {
    this.learningRate = inRange(`${new.target.name} learningRate`, learningRate, 0, Number.MAX_VALUE);
    this.weightDecay = inRange(`${new.target.name} weightDecay`, weightDecay, 0, Number.MAX_VALUE);
    this.decay = oneOf(`${new.target.name} decay`, decay, decayChoices);
  }

  /** @param weightDecay that of this parameter */
  protected abstract planUpdate(
    parameter: Parameter,
    weightDecay: number,
    kernels: Kernels,
    arena: Arena,
  ): ParameterUpdate;

  /** Updates a model's parameters by their gradients, as Model.backward left them. A Trainer does this by itself. */
  step(model: Model): void {
    required('optimizer.step(model)', { model });
    instance('model', model, Model);
    const { kernels, arena, parameters } = model;
    // Model.backward has added the slots up.
    const whole = parameters.map(({ slots, ...parameter }) => parameter);
    const update = this.#models.get(model) ?? { phases: this.plan(kernels, arena, whole).phases, steps: 0 };
    this.#models.set(model, update);
    const step = { samples: 0, shards: 0, training: true, number: update.steps++, learningRate: this.learningRate };
    runAlone(update.phases, step, model.scratch[0]);
    model.weightsChanged();
  }

  /** Phases that sum each gradient's slots in shard order, clip the gradient if `maxNorm` is there, and update the
   * parameter, slice by slice; and what the optimizer remembers, under PyTorch's name behind the parameter's. @internal */
  plan(
    kernels: Kernels,
    arena: Arena,
    parameters: readonly Parameter[],
    { maxNorm }: { readonly maxNorm?: number | undefined } = {},
  ): { phases: Phase[]; state: StateDict } {
    const state = new Map<string, TensorView>();
    const clipping = maxNorm === undefined ? undefined : planClipping(kernels, arena, parameters, SLICE, maxNorm);
    const updates = parameters.map((parameter) => {
      const { name, data, gradient, shape, slots } = parameter;
      const { length } = data;
      const decays = this.decay === 'all' || shape.length > 1;
      const update = this.planUpdate(parameter, decays ? this.weightDecay : 0, kernels, arena);
      for (const [key, array] of Object.entries(update.state))
        state.set(`${name}.${key}`, parameterView(parameter, array));
      return perPart(Math.ceil(length / SLICE), (part, step) => {
        const [start, end] = [part * SLICE, Math.min(length, (part + 1) * SLICE)];
        const slice = gradient.subarray(start, end);
        if (clipping) clipping.clip(slice);
        else if (slots) kernels.sumSlots(slots.subarray(start), step.shards, length, slice);
        update.run(start, end, step);
      });
    });
    return { phases: [...(clipping?.phases ?? []), ...uniteParts(updates)], state };
  }
}
