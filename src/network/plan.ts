import { HeddleError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import {
  type Activation,
  type Buffer,
  type ConvolutionChoice,
  type Layer,
  type LayerPlan,
  type Parameter,
  type Planner,
  samplesOf,
} from '../layers/layer.js';
import { labelled, type Phase, perShard } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import { type Shape, sizeOf, stridesOf } from '../tensor/shape.js';
import type { NamedLayer, Sequential } from './sequential.js';

interface PlanOptions {
  readonly arena: Arena;
  readonly kernels: Kernels;
  readonly inputShape: Shape;
  readonly batchSize: number;
  readonly shards: number;
  readonly seed: number;
  readonly convolution: ConvolutionChoice;
  readonly inputGradient: boolean;
}

export interface NetworkPlan {
  readonly input: Activation;
  readonly output: Activation;
  readonly activations: ReadonlyMap<string, Activation>;
  readonly parameters: Parameter[];
  readonly buffers: Buffer[];
  readonly prepare: (Phase & { by: 'part' })[];
  readonly forward: Phase[];
  readonly evaluate: Phase[];
  readonly backward: Phase[];
  readonly scratchSize: number;
}

/** Lays out a network's arrays, layer by layer, and collects its phases. */
export function planNetwork(network: Sequential, options: PlanOptions): NetworkPlan {
  const { arena, batchSize } = options;
  const parameters: Parameter[] = [];
  const buffers: Buffer[] = [];
  let scratchSize = 0;
  const activation: Planner['activation'] = (shape, { overwritable = false } = {}) => ({
    ...{ shape, overwritable },
    data: arena.float32(batchSize * sizeOf(shape)),
    gradient: arena.float32(batchSize * sizeOf(shape)),
  });

  const plannerFor = (name: string, index: number): Planner => ({
    ...options,
    index,
    activation,
    // Below the first layer with parameters no one needs a gradient.
    inputGradient: options.inputGradient || parameters.length > 0,
    parameter(key, shape, initial, { order, slotted = false } = {}) {
      const length = sizeOf(shape);
      const parameter: Parameter = {
        ...{ name: `${name}.${key}`, shape, initial, strides: stridesOf(shape, order) },
        data: arena.float32(length),
        gradient: arena.float32(length),
        ...(slotted ? { slots: arena.float32(options.shards * length) } : {}),
      };
      parameters.push(parameter);
      return parameter;
    },
    buffer(key, length, initial) {
      const data = arena.float32(length);
      buffers.push({ name: `${name}.${key}`, shape: [length], initial, data });
      return data;
    },
    counter(key) {
      const data = arena.bigInt64(1);
      buffers.push({ name: `${name}.${key}`, shape: [], initial: 0, data });
      return data;
    },
    scratch(floats) {
      scratchSize = Math.max(scratchSize, floats);
    },
  });

  const input = activation(options.inputShape, { overwritable: true });
  const activations = new Map<string, Activation>();
  let output = input;
  const plans = network.layers().map((named, index) => {
    const planner = plannerFor(named.name, index);
    const plan = planLayer(named, output, planner);
    const labels = labelPasses(named, output.shape, planner.inputGradient);
    if (plan.fused)
      for (const [name, { data }] of activations) if (data === output.data) activations.set(name, plan.output);
    // Hooks of the layer before hold no more once its output or its gradient is changed, in whichever pass.
    const { shape, data, gradient, overwritable = false } = plan.output;
    const { forward, evaluate = forward, backward } = plan;
    const stale = plan.output === output && forward.length + evaluate.length + backward.length > 0;
    output = stale ? { shape, data, gradient, overwritable } : plan.output;
    activations.set(`${named.name} ${named.layer.type}`, output);
    return labels(plan);
  });
  return {
    ...{ input, output, activations, parameters, buffers, scratchSize },
    prepare: plans.flatMap(({ prepare }) => prepare ?? []),
    forward: plans.flatMap(({ forward }) => forward),
    evaluate: plans.flatMap(({ forward, evaluate = forward }) => evaluate),
    backward: plans.toReversed().flatMap(({ backward }) => backward),
  };
}

/** Writes on a layer's phases what they do. */
function labelPasses({ name: path, layer }: NamedLayer, input: Shape, inputGradient: boolean) {
  const name = `${path} ${layer.type}`;
  const operations = layer.operations?.(input);
  const bytes = 4 * (sizeOf(input) + sizeOf(layer.outputShape(input)));
  const forward = operations ? { operations } : { bytes };
  const backward = operations ? { operations: (inputGradient ? 2 : 1) * operations } : { bytes };
  return (plan: LayerPlan): LayerPlan => ({
    ...plan,
    forward: labelled(plan.forward, { name, pass: 'forward', ...forward }),
    backward: labelled(plan.backward, { name, pass: 'backward', ...backward }),
  });
}

function planLayer({ name, layer }: NamedLayer, input: Activation, planner: Planner): LayerPlan {
  try {
    return layer.inPlace && !input.overwritable ? planOnCopy(layer, input, planner) : layer.plan(input, planner);
  } catch (error) {
    if (!(error instanceof HeddleError && error.code === 'SHAPE')) throw error;
    throw new HeddleError('SHAPE', `layer ${name}, ${layer.describe()}: ${error.message}`, { cause: error });
  }
}

/** A layer that works in place, on a copy of its input. */
function planOnCopy(layer: Layer, input: Activation, planner: Planner): LayerPlan {
  const copy = planner.activation(input.shape, { overwritable: true });
  const size = sizeOf(input.shape);
  const move = (from: Float32Array, to: Float32Array) =>
    perShard(({ first, count }) => samplesOf(to, size, first, count).set(samplesOf(from, size, first, count)));
  const { forward, evaluate = forward, backward, ...plan } = layer.plan(copy, planner);
  return {
    ...plan,
    forward: [move(input.data, copy.data), ...forward],
    evaluate: [move(input.data, copy.data), ...evaluate],
    backward: [...backward, move(copy.gradient, input.gradient)],
  };
}
