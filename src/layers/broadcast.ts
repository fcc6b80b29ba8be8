import { HeddleError } from '../errors.js';
import { perShard } from '../program/phase.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { type LayerPlan, type Planner, samplesOf } from './layer.js';

/** An operation on pairs of elements, and the gradients of both from the output's. */
interface ElementOperation {
  value(a: number, b: number): number;
  gradientOfFirst(dy: number, a: number, b: number): number;
  gradientOfSecond(dy: number, a: number, b: number): number;
}

/** The shape of what is made of two values, element by element: where one's length of an axis is 1, its elements are
 * repeated along it.
 *
 * @throws HeddleError SHAPE when lengths differ otherwise */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const fits = a.length === b?.length && a.every((length, axis) => length === b[axis] || length === 1 || b[axis] === 1);
  if (!fits)
    throw new HeddleError(
      'SHAPE',
      `got inputs of shapes ${formatShape(a)} and ${formatShape(b ?? [])}, wants two of one shape, or of lengths that are 1 where they differ`,
    );
  return a.map((length, axis) => Math.max(length, b[axis]));
}

/** An operation on two values of shapes that broadcast; the gradient of a repeated element is summed in float64, in the order
 * of memory. */
export function planBroadcast({ inputs, activation, scratch }: Planner, operation: ElementOperation): LayerPlan {
  const [a, b] = inputs;
  const shape = broadcastShape(a.shape, b.shape);
  const output = activation(shape);
  const [size, sizeA, sizeB] = [shape, a.shape, b.shape].map(sizeOf);
  const [placesA, placesB] = [placesOf(a.shape, shape), placesOf(b.shape, shape)];
  scratch(2 * (sizeA + sizeB));
  const forward = perShard(({ first, count }) => {
    for (let n = first; n < first + count; n++) {
      const [x, y] = [samplesOf(a.data, sizeA, n), samplesOf(b.data, sizeB, n)];
      const result = samplesOf(output.data, size, n);
      for (let i = 0; i < size; i++) result[i] = operation.value(x[placesA[i]], y[placesB[i]]);
    }
  });
  const backward = perShard(({ first, count }, _pass, room) => {
    const sumsA = new Float64Array(room.buffer, room.byteOffset, sizeA);
    const sumsB = new Float64Array(room.buffer, room.byteOffset + 8 * sizeA, sizeB);
    for (let n = first; n < first + count; n++) {
      const [x, y] = [samplesOf(a.data, sizeA, n), samplesOf(b.data, sizeB, n)];
      const dy = samplesOf(output.gradient, size, n);
      sumsA.fill(0);
      sumsB.fill(0);
      for (let i = 0; i < size; i++) {
        const [i0, i1] = [placesA[i], placesB[i]];
        sumsA[i0] += operation.gradientOfFirst(dy[i], x[i0], y[i1]);
        sumsB[i1] += operation.gradientOfSecond(dy[i], x[i0], y[i1]);
      }
      samplesOf(a.gradient, sizeA, n).set(sumsA);
      samplesOf(b.gradient, sizeB, n).set(sumsB);
    }
  });
  return { output, forward: [forward], backward: [backward] };
}

/** For each element of a sample in memory, [height][width][channels], where the one of a smaller shape stands. */
function placesOf(from: Shape, to: Shape): Int32Array {
  const [channels, height = 1, width = 1] = to;
  const [ownChannels, ownHeight = 1, ownWidth = 1] = from;
  const places = new Int32Array(sizeOf(to));
  let element = 0;
  for (let h = 0; h < height; h++)
    for (let w = 0; w < width; w++)
      for (let c = 0; c < channels; c++) {
        const pixel = (ownHeight === 1 ? 0 : h) * ownWidth + (ownWidth === 1 ? 0 : w);
        places[element++] = pixel * ownChannels + (ownChannels === 1 ? 0 : c);
      }
  return places;
}
