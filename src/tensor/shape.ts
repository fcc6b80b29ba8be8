/** The lengths of a tensor's axes. Of one sample: [channels, height, width] or [features], as PyTorch without the batch. */
export type Shape = readonly number[];

/** Of a tensor in a file: PyTorch's and NumPy's own limit. */
export const MAX_DIMENSIONS = 64;

/** How many elements a tensor of this shape has. A 0 outweighs the overflow of other lengths. */
export const sizeOf = (shape: Shape) => (shape.includes(0) ? 0 : shape.reduce((size, length) => size * length, 1));

export const formatShape = (shape: readonly (number | string)[]) => `[${shape.join(', ')}]`;

/** Strides of a shape whose axes are stored in `order`, the slowest first; row-major unless given. */
export function stridesOf(shape: Shape, order: readonly number[] = shape.map((_, axis) => axis)): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (const axis of order.toReversed()) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** The index of an element, by its place in row-major order. */
export function indexOf(place: number, shape: Shape): number[] {
  const strides = stridesOf(shape);
  return shape.map((length, axis) => Math.floor(place / strides[axis]) % length);
}
