import { HeddleError } from '../errors.js';
import type { Module } from '../graph/module.js';
import { isLayer } from '../layers/layer.js';
import { type Phase, runAlone } from '../program/phase.js';
import { hashKey, uniform } from '../tensor/random.js';
import { type Shape, stridesOf } from '../tensor/shape.js';
import { inRange, options, required } from '../validate.js';
import { Model } from './model.js';
import type { ModelOptions } from './modelOptions.js';
import { Sequential } from './sequential.js';

export interface GradcheckOptions extends Pick<ModelOptions, 'shards' | 'seed' | 'kernels' | 'convolution' | 'frozen'> {
  /** Default 3. */
  batchSize?: number;
  /** The longest step, for inputs of variance 1. Default 2⁻⁵. */
  eps?: number;
  /** How far a gradient may be off, relative to the root mean square of its tensor's. Default 1e-3. */
  rtol?: number;
}

const gradcheckDefaults = {
  batchSize: 3,
  eps: 2 ** -5,
  rtol: 1e-3,
  shards: 20,
  seed: 0,
  kernels: 'auto',
  convolution: 'auto',
  frozen: [],
} as const;

/** How often a step may be halved: by default down to 2⁻¹². */
const HALVINGS = 7;

const CHECKED_SHARE = 0.5;

/** A step at which only rounding is left in third and fourth differences. */
const TINY = 2 ** -20;
const DIRECTIONS = 8;

/** The doubt at step 1, relative to the outputs, of about a hundred roundings in each: more is not rounding. */
const MOST_ROUNDING = 2 ** -16;

/** Compares backward's gradients with central differences, as torch.autograd.gradcheck: of the input and of every
 * parameter that is not frozen, each element, in training mode (the only one with a backward) with the same dropout in all
 * passes. Input, parameters (also those that start as constants) and the upstream gradient u are random; what is
 * differentiated is f = Σ u·y, summed in float64.
 *
 * The central difference of step h is off by h²·f‴/6 and, as outputs are float32, by about 2⁻²⁴·|y|/h for each rounding
 * of one. For numbers around 1 and a single rounding these balance near h = 2⁻⁷; with ten roundings, and outputs ten times
 * as large as what one element adds to them, near 2⁻⁵, at 2e-4 of the gradient. How far it is off shows in the third and
 * fourth differences of the outputs: together, over 4h, they are three times the first error, about four times the second,
 * and at a kink (of ReLU or MaxPool2d) no less than the error that this makes. That is an element's doubt.
 *
 * A gradient may be off by rtol times the root mean square of its tensor's numeric gradients and four times the doubt that
 * rounding makes, which is measured at steps too short for another, and taken for no more than a hundred roundings of each
 * output make. (A gradient that is smaller than this cannot be told from none.) Where the doubt is more than a third of
 * this, the step is halved, seven times at most; what is still in doubt then is left out, whatever its gradient. Half of
 * every tensor's elements have to remain. An element fails when its gradient differs at two steps in turn, neither of them
 * in doubt.
 *
 * @param network a layer, of your own too, or any other module
 * @param inputShape the shape of one sample
 * @returns true
 * @throws HeddleError GRADIENT naming the first tensor, in the order of a backward pass, and its first element whose
 * gradients differ, with both of them; or the tensor of which too few elements could be checked */
export function gradcheck(network: Module, inputShape: Shape, given?: GradcheckOptions): true {
  const form = 'gradcheck(network, inputShape, { batchSize, eps, rtol, shards, seed, kernels, convolution, frozen })';
  required(form, { network, inputShape });
  const { batchSize, eps, rtol, ...settings } = options(form, given, gradcheckDefaults);
  inRange('gradcheck eps', eps, 1e-6, 1);
  inRange('gradcheck rtol', rtol, 0, 1);
  const model = new Model(isLayer(network) ? new Sequential({ layer: network }) : network, {
    ...settings,
    inputShape,
    batchSize,
    inputGradient: true,
  });
  const point = randomPoint(model);
  const rounding = roundingDoubt(point, model.seed);
  for (const tensor of point.tensors) checkTensor(tensor, point, { eps, rtol, rounding });
  return true;
}

/** What f depends on. */
interface Tensor {
  readonly name: string;
  readonly shape: Shape;
  readonly strides: readonly number[];
  /** A forward pass reads it here. */
  readonly data: Float32Array;
  /** By backward. */
  readonly gradient: Float32Array;
}

interface Point {
  /** The last layer's first, the input last. */
  readonly tensors: readonly Tensor[];
  readonly upstream: Float32Array;
  readonly y: Float32Array;
  /** The outputs for the tensors' data as they are now. */
  forward(): Float32Array;
}

/** Draws all of a model's numbers and does forward and backward passes. */
function randomPoint(model: Model): Point {
  const { parameters, batchSize } = model;
  const { input, output, prepare, forward: forwardPhases, backward: backwardPhases } = model.plan('training');
  const draw = (length: number, stream: number, size: number) => {
    const key = hashKey(model.seed, 'gradcheck', stream);
    return Float32Array.from({ length }, (_, i) => size * (2 * uniform(key, i) - 1));
  };
  const x = draw(input.data.length, 0, Math.sqrt(3));
  const upstream = draw(output.data.length, 1, Math.sqrt(3));
  for (const [index, { data, initial }] of parameters.entries())
    if ('constant' in initial) data.set(draw(data.length, 2 + index, 0.5).map((value) => initial.constant + value));

  const shards = Math.min(model.shards, batchSize);
  // The number of the step decides on the dropout.
  const step = { samples: batchSize, shards, training: true, number: 0, learningRate: 0 };
  const run = (phases: readonly Phase[]) => runAlone(phases, step, model.scratch[0]);
  const forward = () => {
    // Layers that work in place have written over it.
    input.data.set(x);
    run(prepare);
    run(forwardPhases);
    return output.data.slice();
  };
  const backward = () => {
    output.gradient.set(upstream);
    run(backwardPhases);
  };
  // Twice: a gradient that is added to what an earlier pass left must show.
  forward();
  backward();
  const y = forward();
  backward();
  const trained = parameters.filter(({ requiresGrad }) => requiresGrad);
  for (const { shardGradients, gradient } of trained)
    if (shardGradients) model.kernels.sumShards(shardGradients, shards, gradient.length, gradient);

  const shape = [batchSize, ...model.inputShape];
  const strides = stridesOf(shape, shape.length === 4 ? [0, 2, 3, 1] : [0, 1]);
  const inputTensor = { name: 'input', shape, strides, data: x, gradient: input.gradient };
  const tensors = [...trained.toReversed(), inputTensor].map((tensor) => ({
    ...tensor,
    gradient: tensor.gradient.slice(),
  }));
  return { tensors, upstream, y, forward };
}

/** The outputs a step below the point and a step above. */
type Pair = readonly [below: Float32Array, above: Float32Array];

interface Difference {
  readonly step: number;
  /** The central difference of f. */
  readonly slope: number;
  readonly doubt: number;
}

/** From the outputs at twice the step and at the step. */
function difference({ upstream, y }: Point, [a, d]: Pair, [b, c]: Pair, step: number): Difference {
  let slope = 0;
  let squares = 0;
  for (const [i, factor] of upstream.entries()) {
    slope += factor * (c[i] - b[i]);
    const third = d[i] - 2 * c[i] + 2 * b[i] - a[i];
    const fourth = d[i] - 4 * c[i] + 6 * y[i] - 4 * b[i] + a[i];
    // Squares, so that kinks do not cancel between outputs.
    squares += (factor * (Math.abs(third) + Math.abs(fourth))) ** 2;
  }
  return { step, slope: slope / (2 * step), doubt: Math.sqrt(squares) / (4 * step) };
}

/** The doubt that rounding makes at step 1, which grows as the step falls: the root mean square over directions in which all tensors move. */
function roundingDoubt(point: Point, seed: number): number {
  const { tensors, upstream, y, forward } = point;
  const origins = tensors.map(({ data }) => data.slice());
  let squares = 0;
  for (let direction = 0; direction < DIRECTIONS; direction++) {
    const moved = (step: number) => {
      for (const [t, { data }] of tensors.entries()) {
        const key = hashKey(seed, 'gradcheck', direction, t);
        for (const [i, value] of origins[t].entries()) data[i] = value + step * (2 * uniform(key, i) - 1);
      }
      return forward();
    };
    const pair = (step: number): Pair => [moved(-step), moved(step)];
    squares += difference(point, pair(2 * TINY), pair(TINY), TINY).doubt ** 2;
  }
  for (const [t, { data }] of tensors.entries()) data.set(origins[t]);
  const size = Math.sqrt(y.reduce((sum, value, i) => sum + (upstream[i] * value) ** 2, 0));
  return Math.min(TINY * Math.sqrt(squares / DIRECTIONS), MOST_ROUNDING * size);
}

interface Bounds {
  readonly eps: number;
  readonly rtol: number;
  readonly rounding: number;
}

/** @throws HeddleError GRADIENT */
function checkTensor(tensor: Tensor, point: Point, { eps, rtol, rounding }: Bounds): void {
  const { data, gradient } = tensor;
  const longest = Array.from(data, (_, place) => {
    const [outer, inner] = [2 * eps, eps].map((step) => elementPair(tensor, place, step, point));
    return difference(point, outer, inner, eps);
  });
  const scale = Math.sqrt(longest.reduce((sum, { slope }) => sum + slope * slope, 0) / data.length);
  const tolerance = (step: number) => rtol * scale + (4 * rounding) / step;
  const judge = ({ step, slope, doubt }: Difference, place: number) => {
    if (!(doubt <= tolerance(step) / 3)) return 'in doubt';
    return Math.abs(slope - gradient[place]) <= tolerance(step) ? 'agrees' : 'differs';
  };
  const agrees = (first: Difference, place: number): boolean => {
    let verdict = judge(first, place);
    if (verdict === 'agrees') return true;
    let outer = elementPair(tensor, place, eps, point);
    for (let step = eps / 2; step >= shortest(eps); step /= 2) {
      const inner = elementPair(tensor, place, step, point);
      const found = difference(point, outer, inner, step);
      const last = verdict;
      verdict = judge(found, place);
      if (verdict === 'agrees') return true;
      if (verdict === 'differs' && last === 'differs') throw gradientDiffers(tensor, place, found, tolerance(step));
      outer = inner;
    }
    return false;
  };
  const checked = longest.filter(agrees).length;
  if (checked < CHECKED_SHARE * data.length) throw tooFewChecked(tensor, checked, eps);
}

const shortest = (eps: number) => eps / 2 ** HALVINGS;

function elementPair({ data }: Tensor, place: number, step: number, { forward }: Point): Pair {
  const value = data[place];
  data[place] = value - step;
  const below = forward();
  data[place] = value + step;
  const above = forward();
  data[place] = value;
  return [below, above];
}

function gradientDiffers(
  { name, shape, strides, gradient }: Tensor,
  place: number,
  { step, slope }: Difference,
  tolerance: number,
): HeddleError {
  const index = shape.map((length, axis) => Math.floor(place / strides[axis]) % length);
  const [given, wanted, allowed] = [gradient[place], slope, tolerance].map((value) => value.toPrecision(6));
  return new HeddleError(
    'GRADIENT',
    `${name}[${index.join(', ')}]: backward gives the gradient ${given}, a central difference of step ${step} gives ${wanted}, and they may differ by ${allowed}. ` +
      'The gradients of all parameters behind it agree, so look at the backward phases between those and this one',
  );
}

const tooFewChecked = ({ name, data }: Tensor, checked: number, eps: number) =>
  new HeddleError(
    'GRADIENT',
    `${name}: only ${checked} of ${data.length} elements could be checked, and half of them must be. For the others no step from ${eps} down to ${shortest(eps)} has a central difference to rely on: the output has kinks or jumps there, is not finite, or its rounding hides the gradient. ` +
      'Take another seed, a smaller network or batch, or other eps and rtol',
  );
