import { HeddleError, quote, reason } from '../errors.js';
import { callback, required, text } from '../validate.js';
import { AdaptiveAvgPool2d } from './adaptiveAvgPool2d.js';
import { Add } from './add.js';
import { BatchNorm2d } from './batchNorm2d.js';
import { Concat } from './concat.js';
import { Conv2d } from './conv2d.js';
import { Dropout } from './dropout.js';
import { Flatten } from './flatten.js';
import type { Layer } from './layer.js';
import { Linear } from './linear.js';
import { MaxPool2d } from './maxPool2d.js';
import { Mul } from './mul.js';
import { ReLU } from './relu.js';
import { Sigmoid } from './sigmoid.js';
import { Unflatten } from './unflatten.js';

/** A layer's class; its constructor takes what `arguments()` of its layers gives. */
export type LayerClass = new (...args: never[]) => Layer;

const builtIn = new Map<string, LayerClass>(
  Object.entries({
    AdaptiveAvgPool2d,
    Add,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Mul,
    ReLU,
    Sigmoid,
    Unflatten,
  }),
);

// All copies of heddle in a thread have users' layers in common: what a worker thread runs is a copy, and the module with
// a layer that it imports brings another one.
const key = Symbol.for('heddle.layers');
const shared = globalThis as { [key]?: Map<string, LayerClass> };
shared[key] ??= new Map();
const own = shared[key];

const find = (type: string) => builtIn.get(type) ?? own.get(type);

/**
 * Makes a layer of your own known by its `type`, so that networks with it can be made from a configuration: on a Trainer's
 * worker threads, that is. The module that does so has to be among the Trainer's `layerModules`.
 *
 * @throws HeddleError ARGUMENT when another class has that type already
 */
export function registerLayer(type: string, layer: LayerClass): void {
  required("registerLayer('YourLayer', YourLayer)", { type, layer });
  text('registerLayer type', type);
  callback('registerLayer layer', layer);
  if ((find(type) ?? layer) !== layer)
    throw new HeddleError('ARGUMENT', `there is another layer of type ${quote(type)}; give yours a type of its own`);
  own.set(type, layer);
}

/**
 * The layer of a type and the values that its `arguments()` gave: all of them and no others.
 *
 * @throws HeddleError ARGUMENT
 */
export function createLayer(type: string, values: readonly unknown[]): Layer {
  const layerClass = find(type);
  if (!layerClass)
    throw new HeddleError(
      'ARGUMENT',
      `no layer of type ${quote(type)}; there are ${[...builtIn.keys(), ...own.keys()].join(', ')}. See registerLayer for your own`,
    );
  const layer = construct(type, layerClass, values);
  const expected = layer.arguments();
  if (!alike(expected, values))
    throw new HeddleError('ARGUMENT', `expected ${type} with arguments like ${JSON.stringify(expected)}, found others`);
  return layer;
}

function construct(type: string, layerClass: LayerClass, values: readonly unknown[]): Layer {
  try {
    return new layerClass(...(values as never[]));
  } catch (cause) {
    if (cause instanceof HeddleError) throw cause;
    // The constructor of a layer of one's own may rely on types, and fail in its own way.
    throw new HeddleError('ARGUMENT', `expected the arguments of a ${type}, found others (${reason(cause)})`, {
      cause,
    });
  }
}

/** Whether two plain values are the same; it goes no deeper than the first. */
const alike = (a: unknown, b: unknown): boolean =>
  isObject(a) && isObject(b)
    ? Array.isArray(a) === Array.isArray(b) &&
      Object.keys(a).length === Object.keys(b).length &&
      Object.entries(a).every(([key, value]) => Object.hasOwn(b, key) && alike(value, b[key]))
    : Object.is(a, b);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
