import { inRange } from '../arguments.js';
import { HeddleError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import type { Model } from '../model/model.js';
import { parameterView, type StateDict } from '../model/stateDict.js';
import { type Phase, perPart, runAlone, uniteParts } from '../phase.js';
import type { Arena } from '../tensor/arena.js';
import type { TensorView } from '../tensor/view.js';

export interface SGDOptions {
  learningRate: number;
  /** Default 0. */
  momentum?: number;
  /** Default 0. */
  dampening?: number;
  /** Default 0. */
  weightDecay?: number;
  /** Default false. */
  nesterov?: boolean;
}

// Elements of a parameter that one thread updates at a time: 64 KB, so that a slice and its sums stay in the cache.
const SLICE = 16384;

/** Stochastic gradient descent with momentum: torch.optim.SGD's update, its names and its defaults. */
export class SGD {
  /** A loop of your own may change it from step to step; a Trainer takes the one that it is made with. */
  learningRate: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  /** The models that `step` has updated, and how often. */
  readonly #models = new WeakMap<Model, { readonly phases: Phase[]; steps: number }>();

  constructor(options: SGDOptions) {
    const { learningRate, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false } = options;
    this.learningRate = inRange('SGD learningRate', learningRate, 0, Number.MAX_VALUE);
    this.momentum = inRange('SGD momentum', momentum, 0, Number.MAX_VALUE);
    this.dampening = inRange('SGD dampening', dampening, -Number.MAX_VALUE, Number.MAX_VALUE);
    this.weightDecay = inRange('SGD weightDecay', weightDecay, 0, Number.MAX_VALUE);
    this.nesterov = nesterov;
    if (nesterov && (momentum === 0 || dampening !== 0))
      throw new HeddleError('ARGUMENT', 'Nesterov momentum wants a momentum above 0 and no dampening');
  }

  /** Updates a model's parameters by their gradients, as Model.backward left them. A Trainer does this by itself. */
  step(model: Model): void {
    const { kernels, arena, parameters } = model;
    // Model.backward has added the slots up.
    const whole = parameters.map(({ slots, ...parameter }) => parameter);
    const update = this.#models.get(model) ?? { phases: this.plan(kernels, arena, whole).phases, steps: 0 };
    this.#models.set(model, update);
    const step = { samples: 0, shards: 0, training: true, number: update.steps++, learningRate: this.learningRate };
    runAlone(update.phases, step, model.scratch[0]);
    model.weightsChanged();
  }

  /** Phases that sum each gradient's slots in shard order and update the parameter, slice by slice; and what the
   * optimizer remembers, under PyTorch's name behind the parameter's: `momentum_buffer`. */
  plan(kernels: Kernels, arena: Arena, parameters: readonly Parameter[]): { phases: Phase[]; state: StateDict } {
    const state = new Map<string, TensorView>();
    const phases = uniteParts(
      parameters.map((parameter) => {
        const { name, data, gradient, slots } = parameter;
        const { length } = data;
        const momentumBuffer = this.momentum === 0 ? undefined : arena.float32(length);
        if (momentumBuffer) state.set(`${name}.momentum_buffer`, parameterView(parameter, momentumBuffer));
        return perPart(Math.ceil(length / SLICE), (part, { shards, number, learningRate }) => {
          const [start, end] = [part * SLICE, Math.min(length, (part + 1) * SLICE)];
          const slice = gradient.subarray(start, end);
          if (slots) kernels.sumSlots(slots.subarray(start), shards, length, slice);
          kernels.sgd(data.subarray(start, end), slice, momentumBuffer?.subarray(start, end), {
            ...{ learningRate, momentum: this.momentum, dampening: this.dampening },
            ...{ weightDecay: this.weightDecay, nesterov: this.nesterov, first: number === 0 },
          });
        });
      }),
    );
    return { phases, state };
  }
}
