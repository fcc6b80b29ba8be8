import ndarray, { type NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import { formatShape } from '../layers/arguments.js';
import type { Buffer, Parameter } from '../layers/layer.js';
import type { NamedLayer } from './sequential.js';

/** A view of one tensor; `num_batches_tracked` alone is a 64-bit integer. */
export type StateTensor = NdArray<Float32Array> | NdArray<BigInt64Array<ArrayBuffer>>;

/** PyTorch's names, in its order, with views of the model's memory in PyTorch's shapes. */
export type StateDict = ReadonlyMap<string, StateTensor>;

/** A tensor to read: an ndarray, or an array in row-major order with its shape. */
export interface TensorSource {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
  readonly stride?: readonly number[];
  readonly offset?: number;
}

/** One of a parameter's arrays in PyTorch's shape. */
export const parameterView = (parameter: Parameter, array: 'data' | 'gradient' = 'data'): NdArray<Float32Array> =>
  ndarray(parameter[array] as Float32Array, [...parameter.shape], [...parameter.strides]);

/** Each layer's parameters, then its buffers, layer by layer. */
export function stateDict(
  layers: readonly NamedLayer[],
  parameters: readonly Parameter[],
  buffers: readonly Buffer[],
): StateDict {
  const state = new Map<string, StateTensor>();
  const ofLayer = (layer: string) => (tensor: { name: string }) => tensor.name.startsWith(`${layer}.`);
  for (const { name } of layers) {
    for (const parameter of parameters.filter(ofLayer(name))) state.set(parameter.name, parameterView(parameter));
    for (const { name: key, data, shape } of buffers.filter(ofLayer(name)))
      state.set(key, ndarray(data as Float32Array, [...shape]));
  }
  return state;
}

/** Calls `visit` with each element's place in `data`, in row-major order. */
function forEachPlace(tensor: TensorSource, visit: (place: number, element: number) => void): void {
  const { shape } = tensor;
  const strides = tensor.stride ?? rowMajorStrides(shape);
  let element = 0;
  const walk = (axis: number, place: number) => {
    if (axis === shape.length) visit(place, element++);
    else for (let i = 0; i < shape[axis]; i++) walk(axis + 1, place + i * strides[axis]);
  };
  walk(0, tensor.offset ?? 0);
}

function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** The elements in row-major order, copied. */
export function rowMajor(tensor: StateTensor): Float32Array | BigInt64Array {
  if (tensor.data instanceof BigInt64Array) {
    const values = new BigInt64Array(tensor.size);
    forEachPlace(tensor, (place, element) => {
      values[element] = tensor.data[place] as bigint;
    });
    return values;
  }
  const { data } = tensor;
  const values = new Float32Array(tensor.size);
  forEachPlace(tensor, (place, element) => {
    values[element] = data[place];
  });
  return values;
}

/** Copies the elements of one tensor into another of the same shape. */
export function copyTensor(from: TensorSource, to: StateTensor): void {
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

/** @throws HeddleError STATE_DICT with all that is missing, unexpected or of another shape; nothing is copied then */
export function loadStateDict(target: StateDict, source: ReadonlyMap<string, TensorSource>): void {
  const problems = [
    ...[...target.keys()].filter((name) => !source.has(name)).map((name) => `${name} is missing`),
    ...[...source.keys()].filter((name) => !target.has(name)).map((name) => `${name} is unexpected`),
  ];
  for (const [name, { shape }] of target) {
    const found = source.get(name)?.shape;
    if (found && (found.length !== shape.length || found.some((length, axis) => length !== shape[axis])))
      problems.push(`${name} has shape ${formatShape(found)}, the model's is ${formatShape(shape)}`);
  }
  if (problems.length > 0)
    throw new HeddleError('STATE_DICT', `the state dict does not fit the model: ${problems.join('; ')}`);
  for (const [name, tensor] of target) copyTensor(source.get(name) as TensorSource, tensor);
}
