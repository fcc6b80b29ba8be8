import { HeddleError, quote } from '../errors.js';
import { Registry } from '../program/registry.js';
import { AdaptiveAvgPool2d } from './adaptiveAvgPool2d.js';
import { Add } from './add.js';
import { AvgPool2d } from './avgPool2d.js';
import { BatchNorm1d } from './batchNorm1d.js';
import { BatchNorm2d } from './batchNorm2d.js';
import { Concat } from './concat.js';
import { Conv2d } from './conv2d.js';
import { ConvTranspose2d } from './convTranspose2d.js';
import { Dropout } from './dropout.js';
import { Dropout2d } from './dropout2d.js';
import { Flatten } from './flatten.js';
import { GELU } from './gelu.js';
import { GroupNorm } from './groupNorm.js';
import { Hardsigmoid } from './hardsigmoid.js';
import { Hardswish } from './hardswish.js';
import { Identity } from './identity.js';
import type { Layer } from './layer.js';
import { LayerNorm } from './layerNorm.js';
import { LeakyReLU } from './leakyReLU.js';
import { Linear } from './linear.js';
import { MaxPool2d } from './maxPool2d.js';
import { Mul } from './mul.js';
import { ReLU } from './relu.js';
import { ReLU6 } from './relu6.js';
import { Sigmoid } from './sigmoid.js';
import { SiLU } from './silu.js';
import { Softmax } from './softmax.js';
import { StochasticDepth } from './stochasticDepth.js';
import { Tanh } from './tanh.js';
import { Unflatten } from './unflatten.js';
import { Upsample } from './upsample.js';

/** A layer's class; its constructor takes what `arguments()` of its layers gives. */
export type LayerClass = new (...args: never[]) => Layer;

const layers = new Registry<Layer>(
  'Layer',
  {
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Dropout2d,
    Flatten,
    GELU,
    GroupNorm,
    Hardsigmoid,
    Hardswish,
    Identity,
    LayerNorm,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Mul,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    StochasticDepth,
    Tanh,
    Unflatten,
    Upsample,
  },
  (layer) => layer.arguments(),
);

/** Makes a layer of your own known by its `type`, so that networks with it can be made from a graph: on a Trainer's worker
 * threads, where the file that does so has to be among the Trainer's `layerModules`, and from a model file.
 *
 * @throws HeddleError ARGUMENT when another class has that type already */
export const registerLayer = (type: string, layer: LayerClass): void => layers.register(type, layer);

/** @throws HeddleError ARGUMENT for a layer that another thread, or the reader of a file, would make of another class */
export function checkType(name: string, layer: Layer): void {
  if (!layers.isOfItsType(layer.type, layer))
    throw new HeddleError(
      'ARGUMENT',
      `layer ${name}, ${layer.describe()}: its type ${quote(layer.type)} is that of another class; give it a type of its own and register it`,
    );
}

/** The layer of a type and the values that its `arguments()` gave: all of them and no others.
 *
 * @throws HeddleError ARGUMENT */
export const createLayer = (type: string, values: readonly unknown[]): Layer => layers.create(type, values);
