import type { OnnxOperator } from '../formats/onnxOperator.js';
import { allocate } from '../tensor/allocate.js';
import type { Shape } from '../tensor/shape.js';

/** A pixel along an axis with its weight. */
export type Weighted = readonly [place: number, weight: number];

/** The operator that makes each output pixel a weighted sum of the input's, by weights that are a product of one along the height
 * and one along the width: Einsum, with a matrix for each axis. It serves where ONNX has no operator of its own.
 *
 * @param of the input's pixels along an axis that output pixel i takes, 0 for the height and 1 for the width */
export function separableOperator(
  [, ...input]: Shape,
  [, ...output]: Shape,
  of: (axis: number, i: number) => readonly Weighted[],
): OnnxOperator {
  const matrices = output.map((count, axis) => {
    const length = input[axis];
    const data = allocate('the ONNX model', () => new Float32Array(count * length));
    for (let i = 0; i < count; i++) for (const [place, weight] of of(axis, i)) data[i * length + place] += weight;
    return { shape: [count, length], data };
  });
  return { opType: 'Einsum', constants: matrices, attributes: { equation: { string: 'nchw,yh,xw->ncyx' } } };
}
