import { HeddleError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { power } from '../tensor/transcendental.js';
import { BELOW_ONE, inRange, kindOf, options } from '../validate.js';
import { Optimizer, type OptimizerOptions } from './optimizer.js';
import type { UpdateStep } from './updates.js';

export interface AdamOptions extends Omit<OptimizerOptions, 'learningRate'> {
  /** The peak of the schedule, where there is one. Default 0.001. */
  learningRate?: number;
  /** Of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator. Default 1e-8. */
  eps?: number;
}

/** The greatest number below 1. */

/** Adam, with the weight decay in the gradient: torch.optim.Adam. Kingma and Ba, 2015. */
export class Adam extends Optimizer {
  readonly type: string = 'Adam';
  readonly betas: readonly [number, number];
  readonly eps: number;
  /** Whether the weights decay apart from the gradient, and by 0.01 unless told otherwise. */
  protected static readonly decoupled: boolean = false;

  constructor(given?: AdamOptions, ...others: never[]) {
    const weightDecay = new.target.decoupled ? 1e-2 : 0;
    const set = options(
      `new ${new.target.name}({ learningRate, betas, eps, weightDecay, decay, groups })`,
      given,
      { learningRate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay, decay: 'all', groups: undefined },
      others,
    );
    super(set);
    const { betas, eps } = set;
    if (!Array.isArray(betas) || betas.length !== 2)
      throw new HeddleError(
        'ARGUMENT',
        `${new.target.name} betas must be two numbers from 0 to below 1, not ${kindOf(betas)}`,
      );
    for (const [i, beta] of betas.entries()) inRange(`${new.target.name} betas[${i}]`, beta, 0, BELOW_ONE);
    this.betas = [betas[0], betas[1]];
    this.eps = inRange(`${new.target.name} eps`, eps, 0, Number.MAX_VALUE);
  }

  stateNames(): readonly string[] {
    return ['exp_avg', 'exp_avg_sq'];
  }

  update(
    parameter: Float32Array,
    gradient: Float32Array,
    { exp_avg, exp_avg_sq }: Readonly<Record<string, Float32Array>>,
    { number, learningRate, weightDecay }: UpdateStep,
    kernels: Kernels,
  ): void {
    const [beta1, beta2] = this.betas;
    const { decoupled } = this.constructor as typeof Adam;
    kernels.adam(parameter, gradient, exp_avg, exp_avg_sq, {
      beta1,
      beta2,
      eps: this.eps,
      stepSize: learningRate / (1 - power(beta1, number + 1)),
      correction: Math.sqrt(1 - power(beta2, number + 1)),
      weightDecay: decoupled ? 0 : weightDecay,
      keep: decoupled ? 1 - learningRate * weightDecay : 1,
    });
  }
}

/** Adam whose weights decay apart from the gradient, by 0.01 unless told otherwise: torch.optim.AdamW. Loshchilov and
 * Hutter, 2019. */
export class AdamW extends Adam {
  override readonly type = 'AdamW';
  protected static override readonly decoupled = true;
}
