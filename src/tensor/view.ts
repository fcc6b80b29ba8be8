import type { NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import { formatShape, type Shape, sizeOf, stridesOf } from './shape.js';

/** A view of one tensor in PyTorch's shape; of a state dict's, num_batches_tracked alone is a 64-bit integer. */
export type TensorView = NdArray<Float32Array> | NdArray<BigInt64Array<ArrayBuffer>>;

/** A tensor to read: an ndarray, or an array in row-major order with its shape. */
export interface TensorSource {
  readonly shape: Shape;
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
  readonly stride?: readonly number[];
  readonly offset?: number;
}

/** Whether a value has what a tensor is read by. */
export const isTensor = (value: TensorSource | undefined): value is TensorSource =>
  Array.isArray(value?.shape) && typeof value.data === 'object' && value.data !== null;

/** Calls `visit` with each element's place in `data`, in row-major order. */
function forEachPlace(tensor: TensorSource, visit: (place: number, element: number) => void): void {
  const { shape, offset = 0 } = tensor;
  const strides = tensor.stride ?? stridesOf(shape);
  if (shape.length === 0) visit(offset, 0);
  if (shape.includes(0)) return; // its other lengths may be beyond all counting
  let element = 0;
  const last = shape.length - 1;
  const walk = (axis: number, place: number) => {
    const [length, stride] = [shape[axis], strides[axis]];
    if (axis === last) for (let i = 0; i < length; i++) visit(place + i * stride, element++);
    else for (let i = 0; i < length; i++) walk(axis + 1, place + i * stride);
  };
  if (shape.length > 0) walk(0, offset);
}

/** A tensor of a type that a model has. */
export type StoredSource = TensorSource & { readonly data: Float32Array | BigInt64Array };

/**
 * The elements in row-major order, copied: numbers as float32.
 *
 * @throws HeddleError SHAPE when the shape is not of whole numbers, or reaches beyond the data
 */
export function rowMajor(tensor: TensorSource & { readonly data: ArrayLike<number> }): Float32Array<ArrayBuffer>;
export function rowMajor(tensor: StoredSource): Float32Array | BigInt64Array;
export function rowMajor(tensor: TensorSource): Float32Array | BigInt64Array {
  const { data, shape } = tensor;
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0) || !isComplete(tensor))
    throw new HeddleError(
      'SHAPE',
      `expected a tensor with all elements of its shape ${formatShape(shape)}; found data of ${data.length} elements, ` +
        `offset ${tensor.offset ?? 0} and strides ${formatShape(tensor.stride ?? stridesOf(shape))}`,
    );
  const values = data instanceof BigInt64Array ? new BigInt64Array(sizeOf(shape)) : new Float32Array(sizeOf(shape));
  forEachPlace(tensor, (place, element) => {
    values[element] = data[place];
  });
  return values;
}

/** Copies the elements of one tensor into another of the same shape. */
export function copyTensor(from: TensorSource, to: TensorView): void {
  const places = new Int32Array(to.size);
  forEachPlace(to, (place, element) => {
    places[element] = place;
  });
  const { data } = to;
  const source = from.data;
  if (data instanceof BigInt64Array) {
    forEachPlace(from, (place, element) => {
      data[places[element]] = BigInt(source[place]);
    });
  } else {
    forEachPlace(from, (place, element) => {
      data[places[element]] = Number(source[place]);
    });
  }
}

/** Whether `data` has every element that shape and strides reach. */
export function isComplete({ shape, data, stride = stridesOf(shape), offset = 0 }: TensorSource): boolean {
  const ends = shape.map((length, axis) => (length - 1) * stride[axis]);
  const first = ends.reduce((place, end) => place + Math.min(end, 0), offset);
  const last = ends.reduce((place, end) => place + Math.max(end, 0), offset);
  return shape.includes(0) || (first >= 0 && last < data.length);
}
