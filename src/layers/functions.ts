import { HeddleError } from '../errors.js';
import type { Value } from '../graph/value.js';
import type { Shape } from '../tensor/shape.js';
import { kindOf, type Size2d } from '../validate.js';
import { AdaptiveAvgPool2d, type AdaptiveSize } from './adaptiveAvgPool2d.js';
import { Add } from './add.js';
import { AvgPool2d, type AvgPool2dOptions } from './avgPool2d.js';
import { Concat } from './concat.js';
import { Flatten } from './flatten.js';
import { GELU, type GELUOptions } from './gelu.js';
import { Hardsigmoid } from './hardsigmoid.js';
import { Hardswish } from './hardswish.js';
import { call } from './layer.js';
import { LeakyReLU } from './leakyReLU.js';
import { MaxPool2d, type MaxPool2dOptions } from './maxPool2d.js';
import { Mul } from './mul.js';
import { ReLU } from './relu.js';
import { ReLU6 } from './relu6.js';
import { Sigmoid } from './sigmoid.js';
import { SiLU } from './silu.js';
import { Softmax } from './softmax.js';
import { Tanh } from './tanh.js';
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

/** torch.nn.functional.relu6. */
export const relu6 = (x: Value): Value => call(new ReLU6(), [x]);

/** torch.nn.functional.leaky_relu. */
export const leakyReLU = (x: Value, negativeSlope?: number): Value => call(new LeakyReLU(negativeSlope), [x]);

/** torch.sigmoid. */
export const sigmoid = (x: Value): Value => call(new Sigmoid(), [x]);

/** torch.nn.functional.hardsigmoid. */
export const hardsigmoid = (x: Value): Value => call(new Hardsigmoid(), [x]);

/** torch.tanh. */
export const tanh = (x: Value): Value => call(new Tanh(), [x]);

/** torch.nn.functional.silu. */
export const silu = (x: Value): Value => call(new SiLU(), [x]);

/** torch.nn.functional.hardswish. */
export const hardswish = (x: Value): Value => call(new Hardswish(), [x]);

/** torch.nn.functional.gelu. */
export const gelu = (x: Value, options?: GELUOptions): Value => call(new GELU(options), [x]);

/** torch.nn.functional.softmax: along dimension 1, the channels or features. */
export const softmax = (x: Value, dim: number): Value => call(new Softmax(dim), [x]);

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
