import { HeddleError } from '../errors.js';
import { BatchNorm2d } from './batchNorm2d.js';
import { Conv2d } from './conv2d.js';
import { Dropout } from './dropout.js';
import { Flatten } from './flatten.js';
import type { Layer } from './layer.js';
import { Linear } from './linear.js';
import { MaxPool2d } from './maxPool2d.js';
import { ReLU } from './relu.js';

const layers: Record<string, new (...args: never[]) => Layer> = {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
};

/** The layer of a type and the values that its `arguments()` gave. */
export function createLayer(type: string, values: readonly unknown[]): Layer {
  if (!Object.hasOwn(layers, type))
    throw new HeddleError('ARGUMENT', `no layer of type ${type}; there are ${Object.keys(layers).join(', ')}`);
  return new layers[type](...(values as never[]));
}
