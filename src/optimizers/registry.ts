import { HeddleError } from '../errors.js';
import type { Module } from '../graph/module.js';
import { namesOf } from '../network/names.js';
import { optionsOf, Registry, type TypedOptions } from '../program/registry.js';
import { kindOf } from '../validate.js';
import { Adam, AdamW } from './adam.js';
import { type Grouped, namedGroups } from './groups.js';
import { Muon } from './muon.js';
import type { Optimizer } from './optimizer.js';
import { RMSprop } from './rmsprop.js';
import { SGD } from './sgd.js';

/** An optimizer's class; its fields are the options of its constructor. */
export type OptimizerClass = new (options: never) => Optimizer;

const optimizers = new Registry<Optimizer>('Optimizer', { SGD, Adam, AdamW, RMSprop, Muon }, optionsOf);

/** Makes an optimizer of your own known by its `type`, so that a Trainer's worker threads can make it. The module that does
 * so has to be among the Trainer's `layerModules`.
 *
 * @throws HeddleError ARGUMENT when another class has that type already */
export const registerOptimizer = (type: string, optimizer: OptimizerClass): void =>
  optimizers.register(type, optimizer);

/** An optimizer as plain values.
 *
 * @param network that it is for, whose modules may stand in its groups for their paths
 * @throws HeddleError ARGUMENT for what is no optimizer, or a module that is none of the network's */
export function optimizerConfig(optimizer: Optimizer, network?: Module): TypedOptions {
  if (typeof optimizer?.update !== 'function')
    throw new HeddleError(
      'ARGUMENT',
      `optimizer must be an Optimizer, such as new SGD({ learningRate: 0.1 }), not ${kindOf(optimizer)}`,
    );
  const { type, groups, parameters, others } = optimizer as Optimizer & Grouped;
  return {
    ...optimizer,
    ...(groups ? { groups: namedGroups(optimizer, network) } : {}),
    ...(parameters ? { parameters: namesOf(`${type} parameters`, network, parameters) } : {}),
    ...(others ? { others: optimizerConfig(others as Optimizer, network) } : {}),
  };
}

/** @throws HeddleError ARGUMENT */
export function createOptimizer({ type, others, ...options }: TypedOptions): Optimizer {
  return optimizers.create(type, [others ? { ...options, others: createOptimizer(others as TypedOptions) } : options]);
}
