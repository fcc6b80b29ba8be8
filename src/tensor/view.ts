import type { NdArray } from 'ndarray';
import { type Shape, stridesOf } from './shape.js';

/** A view of one tensor in PyTorch's shape; of a state dict's, num_batches_tracked alone is a 64-bit integer. */
export type TensorView = NdArray<Float32Array> | NdArray<BigInt64Array<ArrayBuffer>>;

/** A tensor to read: an ndarray, or an array in row-major order with its shape. */
export interface TensorSource {
  readonly shape: Shape;
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
  readonly stride?: readonly number[];
  readonly offset?: number;
}

/** Calls `visit` with each element's place in `data`, in row-major order. */
function forEachPlace(tensor: TensorSource, visit: (place: number, element: number) => void): void {
  const { shape } = tensor;
  const strides = tensor.stride ?? stridesOf(shape);
  let element = 0;
  const walk = (axis: number, place: number) => {
    if (axis === shape.length) visit(place, element++);
    else for (let i = 0; i < shape[axis]; i++) walk(axis + 1, place + i * strides[axis]);
  };
  walk(0, tensor.offset ?? 0);
}

/** The elements in row-major order, copied. */
export function rowMajor(tensor: TensorView): Float32Array | BigInt64Array {
  const { data, size } = tensor;
  if (data instanceof BigInt64Array) {
    const values = new BigInt64Array(size);
    forEachPlace(tensor, (place, element) => {
      values[element] = data[place];
    });
    return values;
  }
  const values = new Float32Array(size);
  forEachPlace(tensor, (place, element) => {
    values[element] = data[place];
  });
  return values;
}

/** Copies the elements of one tensor into another of the same shape. */
export function copyTensor(from: TensorSource, to: TensorView): void {
  const places = new Float64Array(to.size);
  forEachPlace(from, (place, element) => {
    places[element] = place;
  });
  const { data } = to;
  if (data instanceof BigInt64Array) {
    forEachPlace(to, (place, element) => {
      data[place] = BigInt(from.data[places[element]]);
    });
  } else {
    forEachPlace(to, (place, element) => {
      data[place] = Number(from.data[places[element]]);
    });
  }
}

/** Whether `data` has every element that shape and strides reach. */
export function isComplete({ shape, data, stride = stridesOf(shape), offset = 0 }: TensorSource): boolean {
  const last = shape.reduce((place, length, axis) => place + (length - 1) * stride[axis], offset);
  return shape.includes(0) || last < data.length;
}
