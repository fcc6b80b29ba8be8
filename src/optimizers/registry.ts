import { HeddleError } from '../errors.js';
import { kindOf, oneOf } from '../validate.js';
import { Adam, type AdamOptions, AdamW } from './adam.js';
import type { Optimizer } from './optimizer.js';
import { SGD, type SGDOptions } from './sgd.js';

/** An optimizer's settings as plain values, which can be sent to another thread or written to a file. */
export type OptimizerConfig =
  | ({ readonly type: 'SGD' } & SGDOptions)
  | ({ readonly type: 'Adam' | 'AdamW' } & AdamOptions);

export function optimizerConfig(optimizer: Optimizer): OptimizerConfig {
  if (typeof optimizer !== 'object' || optimizer === null)
    throw new HeddleError(
      'ARGUMENT',
      `optimizer must be one of heddle's, such as new SGD({ learningRate: 0.1 }), not ${kindOf(optimizer)}`,
    );
  return { ...optimizer } as unknown as OptimizerConfig;
}

const optimizers = { SGD, Adam, AdamW };

export function createOptimizer({ type, ...settings }: OptimizerConfig): Optimizer {
  // Plain objects and optimizers of one's own come this far from JavaScript.
  oneOf('optimizer type', type, Object.keys(optimizers) as OptimizerConfig['type'][]);
  return new optimizers[type](settings as never);
}
