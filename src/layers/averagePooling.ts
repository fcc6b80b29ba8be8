import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { type Activation, type LayerPlan, type Planner, samplesOf } from './layer.js';
import { separableOperator } from './separable.js';

/** A window along a height or a width: its first pixel, the one behind its last, and the size that it counts for. */
export type AverageWindow = readonly [first: number, end: number, size: number];

/** Window i of those along an axis of an image, 0 for the height and 1 for the width. */
export type AverageWindows = (axis: number, i: number) => AverageWindow;

/** The averages of windows that are a product of one along the height and one along the width: [C, H, W] → [C, H′, W′]. */
export function planAverages(
  input: Activation,
  shape: Shape,
  windows: AverageWindows,
  { kernels, arena, activation }: Planner,
): LayerPlan {
  const output = activation(shape, { overwritable: true });
  const [channels, height, width] = input.shape;
  const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(shape)];
  const [rows, columns] = shape.slice(1).map((count, axis) => {
    const numbers = arena.int32(3 * count);
    for (let i = 0; i < count; i++) numbers.set(windows(axis, i), 3 * i);
    return numbers;
  });
  const forward = perShard(({ first, count }) => {
    for (let n = first; n < first + count; n++) {
      const [x, y] = [samplesOf(input.data, inputSize, n), samplesOf(output.data, outputSize, n)];
      kernels.averagePool(x, width, channels, rows, columns, y);
    }
  });
  const backward = perShard(({ first, count }) => {
    for (let n = first; n < first + count; n++) {
      const [dy, dx] = [samplesOf(output.gradient, outputSize, n), samplesOf(input.gradient, inputSize, n)];
      kernels.averagePoolBackward(dy, rows, columns, height, width, channels, dx);
    }
  });
  return { output, forward: [forward], backward: [backward] };
}

/** The same as an operator of ONNX. */
export const averagesOperator = (input: Shape, shape: Shape, windows: AverageWindows): OnnxOperator =>
  separableOperator(input, shape, (axis, i) => {
    const [first, end, size] = windows(axis, i);
    return Array.from({ length: end - first }, (_, k) => [first + k, 1 / size] as const);
  });
