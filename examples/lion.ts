// An optimizer of one's own, Lion: steps of equal size, by the sign of a running mean of the gradients. Chen et al., 2023.
import { Optimizer, type OptimizerOptions, registerOptimizer, type UpdateStep } from 'heddle';

export class Lion extends Optimizer {
  readonly type = 'Lion';
  readonly betas: readonly [number, number];

  constructor({ betas = [0.9, 0.99], ...options }: OptimizerOptions & { betas?: readonly [number, number] }) {
    super(options);
    this.betas = betas;
  }

  stateNames() {
    return ['exp_avg'];
  }

  update(
    parameter: Float32Array,
    gradient: Float32Array,
    { exp_avg: mean }: Readonly<Record<string, Float32Array>>,
    { learningRate, weightDecay }: UpdateStep,
  ) {
    const [beta1, beta2] = this.betas;
    for (let i = 0; i < parameter.length; i++) {
      const direction = Math.sign(beta1 * mean[i] + (1 - beta1) * gradient[i]);
      parameter[i] -= learningRate * (direction + weightDecay * parameter[i]);
      mean[i] = beta2 * mean[i] + (1 - beta2) * gradient[i];
    }
  }
}

registerOptimizer('Lion', Lion);
