import type { Kernels } from '../kernels/kernels.js';
import { flag, inRange, options } from '../validate.js';
import { Optimizer, type OptimizerOptions } from './optimizer.js';
import type { UpdateStep } from './updates.js';

export interface RMSpropOptions extends Omit<OptimizerOptions, 'learningRate'> {
  /** The peak of the schedule, where there is one. Default 0.01. */
  learningRate?: number;
  /** Of the running mean of the gradient's square. Default 0.99. */
  alpha?: number;
  /** Added to the denominator. Default 1e-8. */
  eps?: number;
  /** Default 0. */
  momentum?: number;
  /** Whether the gradient is divided by an estimate of its deviation, rather than of its size. Default false. */
  centered?: boolean;
}

/** Steps divided by a running mean of the gradient's size: torch.optim.RMSprop. Tieleman and Hinton, 2012. */
export class RMSprop extends Optimizer {
  readonly type = 'RMSprop';
  readonly alpha: number;
  readonly eps: number;
  readonly momentum: number;
  readonly centered: boolean;

  constructor(given?: RMSpropOptions, ...others: never[]) {
    const set = options(
      `new ${new.target.name}({ learningRate, alpha, eps, weightDecay, momentum, centered, decay, groups })`,
      given,
      {
        learningRate: 1e-2,
        alpha: 0.99,
        eps: 1e-8,
        weightDecay: 0,
        momentum: 0,
        centered: false,
        decay: 'all',
        groups: undefined,
      },
      others,
    );
    super(set);
    this.alpha = inRange('RMSprop alpha', set.alpha, 0, 1);
    this.eps = inRange('RMSprop eps', set.eps, 0, Number.MAX_VALUE);
    this.momentum = inRange('RMSprop momentum', set.momentum, 0, Number.MAX_VALUE);
    this.centered = flag('RMSprop centered', set.centered);
  }

  stateNames(): readonly string[] {
    const names = ['square_avg'];
    if (this.momentum > 0) names.push('momentum_buffer');
    if (this.centered) names.push('grad_avg');
    return names;
  }

  update(
    parameter: Float32Array,
    gradient: Float32Array,
    { square_avg, momentum_buffer, grad_avg }: Readonly<Record<string, Float32Array>>,
    { learningRate, weightDecay }: UpdateStep,
    kernels: Kernels,
  ): void {
    const { alpha, eps, momentum } = this;
    const update = { learningRate, alpha, eps, momentum, weightDecay };
    kernels.rmsprop(parameter, gradient, square_avg, momentum_buffer, grad_avg, update);
  }
}
