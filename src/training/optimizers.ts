import { oneOf } from '../arguments.js';
import { Adam, type AdamOptions, AdamW } from './adam.js';
import type { Optimizer } from './optimizer.js';
import { SGD, type SGDOptions } from './sgd.js';

/** An optimizer's settings as plain values, which can be sent to another thread or written to a file. */
export type OptimizerConfig =
  | ({ readonly type: 'SGD' } & SGDOptions)
  | ({ readonly type: 'Adam' | 'AdamW' } & AdamOptions);

export const optimizerConfig = (optimizer: Optimizer) => ({ ...optimizer }) as OptimizerConfig;

export function createOptimizer(config: OptimizerConfig): Optimizer {
  // Plain objects and optimizers of one's own come this far from JavaScript.
  oneOf('optimizer type', config.type, ['SGD', 'Adam', 'AdamW']);
  if (config.type === 'SGD') return new SGD(config);
  return config.type === 'Adam' ? new Adam(config) : new AdamW(config);
}
