import { type Activation, type Layer, type LayerPlan, type Planner, samplesOf } from '../layers/layer.js';
import { perShard } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';

/** A layer that works in place, on a copy of its input. */
export function planOnCopy(layer: Layer, input: Activation, planner: Planner): LayerPlan {
  const copy = planner.activation(input.shape, { overwritable: true });
  const size = sizeOf(input.shape);
  const move = (from: Float32Array, to: Float32Array) =>
    perShard(({ first, count }) => samplesOf(to, size, first, count).set(samplesOf(from, size, first, count)));
  const { forward, backward, ...plan } = layer.plan(copy, { ...planner, inputs: [copy, ...planner.inputs.slice(1)] });
  return {
    ...plan,
    forward: [move(input.data, copy.data), ...forward],
    backward: [...backward, move(copy.gradient, input.gradient)],
  };
}
