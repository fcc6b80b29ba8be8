import type { NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import { kindOf } from '../validate.js';
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
export function forEachPlace(tensor: TensorSource, visit: (place: number, element: number) => void): void {
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

/** Arrays that files hold as they are. A model has the first two. */
export type StoredArray =
  | Float32Array
  | BigInt64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigUint64Array;

const storedKinds = {
  Float32Array,
  BigInt64Array,
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigUint64Array,
};

/** A tensor that can be written to a file. */
export type WritableSource = TensorSource & { readonly data: StoredArray };

/** A tensor of a type that a model has. */
export type StoredSource = TensorSource & { readonly data: Float32Array | BigInt64Array };

/** The elements in one typed array, copied in row-major order, which is PyTorch's: numbers as float32, 64-bit integers as
 * they are. See `toArray` for nested lists.
 *
 * @throws HeddleError SHAPE when the shape is not of whole numbers, or reaches beyond the data */
export function rowMajor(tensor: TensorSource & { readonly data: ArrayLike<number> }): Float32Array<ArrayBuffer>;
export function rowMajor(tensor: StoredSource): Float32Array | BigInt64Array;
export function rowMajor(tensor: TensorSource): Float32Array | BigInt64Array | BigUint64Array;
export function rowMajor(tensor: TensorSource): Float32Array | BigInt64Array | BigUint64Array {
  checkTensor(tensor);
  const { data } = tensor;
  if (data instanceof BigInt64Array) return copyRowMajor(tensor, BigInt64Array);
  return data instanceof BigUint64Array ? copyRowMajor(tensor, BigUint64Array) : copyRowMajor(tensor, Float32Array);
}

/** The elements in row-major order, copied to an array of their own kind; numbers of another one as float32.
 * @throws HeddleError SHAPE as rowMajor */
export function rowMajorCopy(tensor: TensorSource): StoredArray {
  checkTensor(tensor);
  const kind = (tensor.data as Partial<StoredArray>)[Symbol.toStringTag];
  return copyRowMajor<StoredArray>(tensor, (kind && storedKinds[kind]) || Float32Array);
}

function copyRowMajor<T extends StoredArray>(tensor: TensorSource, Kind: new (length: number) => T): T {
  const { data, shape } = tensor;
  const values = new Kind(sizeOf(shape));
  forEachPlace(tensor, (place, element) => {
    values[element] = data[place];
  });
  return values;
}

/** @throws HeddleError SHAPE when this is no tensor, its shape is not of whole numbers, or reaches beyond the data */
export function checkTensor(tensor: TensorSource): void {
  if (!isTensor(tensor))
    throw new HeddleError(
      'SHAPE',
      `expected a tensor, with shape and data, such as an ndarray; found ${kindOf(tensor)}`,
    );
  const { data, shape, offset = 0, stride = stridesOf(shape) } = tensor;
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0) || !isComplete(tensor))
    throw new HeddleError(
      'SHAPE',
      `expected a tensor with all elements of its shape ${formatShape(shape)}; found data of ${data.length} elements, ` +
        `offset ${offset} and strides ${formatShape(stride)}`,
    );
}

/** Copies the elements of one tensor into another of the same shape. */
export function copyTensor(from: TensorSource, to: TensorView): void {
  const places = new Int32Array(to.size);
  forEachPlace(to, (place, element) => {
    places[element] = place;
  });
  const target: Float32Array | BigInt64Array = to.data;
  const numberOf = target instanceof BigInt64Array ? BigInt : Number;
  forEachPlace(from, (place, element) => {
    target[places[element]] = numberOf(from.data[place]);
  });
}

/** Whether `data` has every element that shape and strides reach. */
export function isComplete({ shape, data, stride = stridesOf(shape), offset = 0 }: TensorSource): boolean {
  const ends = shape.map((length, axis) => (length - 1) * stride[axis]);
  const first = ends.reduce((place, end) => place + Math.min(end, 0), offset);
  const last = ends.reduce((place, end) => place + Math.max(end, 0), offset);
  return shape.includes(0) || (first >= 0 && last < data.length);
}
