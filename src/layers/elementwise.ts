import { perShard } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';
import { type Activation, type LayerPlan, type Planner, samplesOf } from './layer.js';

/** Makes y of x, for single elements or for whole samples; y may be x. */
type Value = (x: Float32Array, y: Float32Array) => void;

/** Makes dx of dy and of what the forward pass left; dx may be dy. */
type Gradient = (left: Float32Array, dy: Float32Array, dx: Float32Array) => void;

/** A layer whose backward needs its input. The output's gradient lies where the input's will be. In evaluation the output lies
 * in the input's place, where that is free. */
export function planFromInput(input: Activation, planner: Planner, value: Value, gradient: Gradient): LayerPlan {
  const { training, activation } = planner;
  const output =
    !training && input.overwritable === true
      ? input
      : activation(input.shape, { overwritable: true, gradient: input.gradient });
  return planned(input, output, value, gradient);
}

/** A layer that works in place: its backward needs its output alone. `overwritable` as in Activation, for the output. */
export function planInPlace(
  input: Activation,
  value: Value,
  gradient: Gradient,
  overwritable: Activation['overwritable'] = false,
): LayerPlan {
  return planned(input, { ...input, overwritable }, value, gradient);
}

function planned(input: Activation, output: Activation, value: Value, gradient: Gradient): LayerPlan {
  const size = sizeOf(input.shape);
  return {
    output,
    forward: [
      perShard(({ first, count }) =>
        value(samplesOf(input.data, size, first, count), samplesOf(output.data, size, first, count)),
      ),
    ],
    backward: [
      perShard(({ first, count }) =>
        gradient(
          samplesOf(input.data, size, first, count),
          samplesOf(output.gradient, size, first, count),
          samplesOf(input.gradient, size, first, count),
        ),
      ),
    ],
  };
}
