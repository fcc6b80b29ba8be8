import { HeddleError } from '../errors.js';
import type { Value } from '../graph/value.js';
import type { Shape } from '../tensor/shape.js';
import { kindOf, type Size2d } from '../validate.js';
import { AdaptiveAvgPool2d, type AdaptiveSize } from './adaptiveAvgPool2d.js';
import { Add } from './add.js';
import { AvgPool2d, type AvgPool2dOptions } from './avgPool2d.js';
import { Concat } from './concat.js';
import { Flatten } from './flatten.js';
import { call } from './layer.js';
import { MaxPool2d, type MaxPool2dOptions } from './maxPool2d.js';
import { Mul } from './mul.js';
import { ReLU } from './relu.js';
import { Sigmoid } from './sigmoid.js';
import { Unflatten } from './unflatten.js';
import { Upsample, type UpsampleOptions } from './upsample.js';

// Functions on values, for a forward: each becomes a node of the graph like a layer's.

/** a + b, of one shape or broadcast as torch.add. */
export const add = (a: Value, b: Value): Value => call(new Add(), [a, b]);

/** a · b, element by element, of one shape or broadcast as torch.mul. */
export const mul = (a: Value, b: Value): Value => call(new Mul(), [a, b]);

/** Along the channels or features: torch.cat in dimension 1. */
export function concat(values: readonly Value[]): Value {
  if (!Array.isArray(values))
    throw new HeddleError(
      'ARGUMENT',
      `concat: expected a list of values, found ${kindOf(values)}; write concat([a, b])`,
    );
  return call(new Concat(), values);
}

/** [C, H, W] → [C·H·W]: torch.flatten from dimension 1 on. */
export const flatten = (x: Value): Value => call(new Flatten(), [x]);

/** [C·H·W] → [C, H, W]: torch.unflatten in dimension 1. */
export const unflatten = (x: Value, shape: Shape): Value => call(new Unflatten(shape), [x]);

/** torch.relu. */
export const relu = (x: Value): Value => call(new ReLU(), [x]);

/** torch.sigmoid. */
export const sigmoid = (x: Value): Value => call(new Sigmoid(), [x]);

/** torch.nn.functional.max_pool2d. */
export const maxPool2d = (x: Value, kernelSize: Size2d, options?: MaxPool2dOptions): Value =>
  call(new MaxPool2d(kernelSize, options), [x]);

/** torch.nn.functional.avg_pool2d. */
export const avgPool2d = (x: Value, kernelSize: Size2d, options?: AvgPool2dOptions): Value =>
  call(new AvgPool2d(kernelSize, options), [x]);

/** torch.nn.functional.interpolate. */
export const interpolate = (x: Value, options: UpsampleOptions): Value => call(new Upsample(options), [x]);

/** torch.nn.functional.adaptive_avg_pool2d. */
export const adaptiveAvgPool2d = (x: Value, outputSize: AdaptiveSize): Value =>
  call(new AdaptiveAvgPool2d(outputSize), [x]);
