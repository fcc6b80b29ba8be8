import ndarray, { type NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import type { Buffer, Parameter } from '../layers/layer.js';
import { formatShape } from '../tensor/shape.js';
import { copyTensor, isComplete, type TensorSource, type TensorView } from '../tensor/view.js';
import type { NamedLayer } from './sequential.js';

/** PyTorch's names, in its order, with views of the model's memory in PyTorch's shapes. */
export type StateDict = ReadonlyMap<string, TensorView>;

/** A parameter, or another array laid out like it, in PyTorch's shape. */
export const parameterView = (parameter: Parameter, array: Float32Array = parameter.data): NdArray<Float32Array> =>
  ndarray(array, [...parameter.shape], [...parameter.strides]);

/** Each layer's parameters, then its buffers, layer by layer. */
export function stateDict(
  layers: readonly NamedLayer[],
  parameters: readonly Parameter[],
  buffers: readonly Buffer[],
): StateDict {
  const state = new Map<string, TensorView>();
  const ofLayer = (layer: string) => (tensor: { name: string }) => tensor.name.startsWith(`${layer}.`);
  for (const { name } of layers) {
    for (const parameter of parameters.filter(ofLayer(name))) state.set(parameter.name, parameterView(parameter));
    for (const { name: key, data, shape } of buffers.filter(ofLayer(name)))
      state.set(key, ndarray(data as Float32Array, [...shape]));
  }
  return state;
}

const isWhole = (value: number | bigint) => typeof value === 'bigint' || Number.isSafeInteger(value);

/** @throws HeddleError STATE_DICT with all that is missing, unexpected or of another shape; nothing is copied then */
export function loadStateDict(target: StateDict, source: ReadonlyMap<string, TensorSource>): void {
  checkStateDict(target, source);
  for (const [name, tensor] of target) copyTensor(source.get(name) as TensorSource, tensor);
}

/** @throws HeddleError STATE_DICT as loadStateDict would */
export function checkStateDict(target: StateDict, source: ReadonlyMap<string, TensorSource>): void {
  const problems = [
    ...[...target.keys()].filter((name) => !source.has(name)).map((name) => `${name} is missing`),
    ...[...source.keys()].filter((name) => !target.has(name)).map((name) => `${name} is unexpected`),
  ];
  for (const [name, { shape, data }] of target) {
    const found = source.get(name);
    if (!found) continue;
    if (found.shape.join() !== shape.join())
      problems.push(`${name} has shape ${formatShape(found.shape)}, the model's is ${formatShape(shape)}`);
    else if (!isComplete(found))
      problems.push(`${name} has ${found.data.length} elements, too few for its shape ${formatShape(shape)}`);
    else if (data instanceof BigInt64Array && !Array.from<number | bigint>(found.data).every(isWhole))
      problems.push(`${name} must be a whole number`);
  }
  if (problems.length > 0)
    throw new HeddleError('STATE_DICT', `the state dict does not fit the model: ${problems.join('; ')}`);
}
