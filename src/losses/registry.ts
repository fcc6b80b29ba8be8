import { HeddleError } from '../errors.js';
import { optionsOf, Registry, type TypedOptions } from '../program/registry.js';
import { kindOf } from '../validate.js';
import { BCEWithLogitsLoss } from './bceWithLogitsLoss.js';
import { CrossEntropyLoss } from './crossEntropyLoss.js';
import { L1Loss } from './l1Loss.js';
import type { Loss } from './loss.js';
import { MSELoss } from './mseLoss.js';
import { SmoothL1Loss } from './smoothL1Loss.js';

/** A loss's class; its fields are the options of its constructor. */
export type LossClass = new (options: never) => Loss;

const losses = new Registry<Loss>(
  'Loss',
  { BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, SmoothL1Loss },
  argumentsOf,
);

/** Makes a loss of your own known by its `type`, so that a Trainer's worker threads can make it. The module that does so has
 * to be among the Trainer's `layerModules`.
 *
 * @throws HeddleError ARGUMENT when another class has that type already */
export const registerLoss = (type: string, loss: LossClass): void => losses.register(type, loss);

/** A loss as plain values. @throws HeddleError ARGUMENT for what is no loss */
export function lossConfig(loss: Loss): TypedOptions {
  if (typeof loss?.plan !== 'function')
    throw new HeddleError('ARGUMENT', `loss must be a Loss, such as new CrossEntropyLoss(), not ${kindOf(loss)}`);
  return { ...loss };
}

/** @throws HeddleError ARGUMENT */
export const createLoss = (config: TypedOptions): Loss => losses.create(config.type, argumentsOf(config));

/** A loss without options is made without an argument. */
function argumentsOf(loss: Loss | TypedOptions): readonly object[] {
  const given = optionsOf(loss);
  return Object.keys(given[0]).length > 0 ? given : [];
}
