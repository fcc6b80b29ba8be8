import { HeddleError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { flag, inRange, options, required } from '../validate.js';
import { Optimizer, type OptimizerOptions } from './optimizer.js';
import type { UpdateStep } from './updates.js';

export interface SGDOptions extends OptimizerOptions {
  /** Default 0. */
  momentum?: number;
  /** Default 0. */
  dampening?: number;
  /** Default false. */
  nesterov?: boolean;
}

/** Stochastic gradient descent with momentum, also Nesterov's: torch.optim.SGD. */
export class SGD extends Optimizer {
  readonly type = 'SGD';
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;

  constructor(given: SGDOptions, ...others: never[]) {
    const form = `new ${new.target.name}({ learningRate: 0.1 })`;
    const { learningRate, momentum, dampening, weightDecay, decay, nesterov, groups } = options(
      form,
      given,
      {
        learningRate: undefined,
        momentum: 0,
        dampening: 0,
        weightDecay: 0,
        decay: 'all',
        nesterov: false,
        groups: undefined,
      },
      others,
    );
    required(form, { learningRate });
    super({ learningRate, weightDecay, decay, groups });
    this.momentum = inRange('SGD momentum', momentum, 0, Number.MAX_VALUE);
    this.dampening = inRange('SGD dampening', dampening, -Number.MAX_VALUE, Number.MAX_VALUE);
    this.nesterov = flag('SGD nesterov', nesterov);
    if (nesterov && (momentum === 0 || dampening !== 0))
      throw new HeddleError('ARGUMENT', 'Nesterov momentum wants a momentum above 0 and no dampening');
  }

  override countsSteps(): boolean {
    return false;
  }

  stateNames(): readonly string[] {
    return this.momentum === 0 ? [] : ['momentum_buffer'];
  }

  update(
    parameter: Float32Array,
    gradient: Float32Array,
    { momentum_buffer }: Readonly<Record<string, Float32Array>>,
    { number, learningRate, weightDecay }: UpdateStep,
    kernels: Kernels,
  ): void {
    const { momentum, dampening, nesterov } = this;
    const settings = { learningRate, momentum, dampening, weightDecay, nesterov, first: number === 0 };
    kernels.sgd(parameter, gradient, momentum_buffer, settings);
  }
}
