import ndarray, { type NdArray } from 'ndarray';
import { flag, options } from '../arguments.js';
import { HeddleError } from '../errors.js';
import type { Buffer, Parameter } from '../layers/layer.js';
import { formatShape } from '../tensor/shape.js';
import { copyTensor, isComplete, isTensor, type TensorSource, type TensorView } from '../tensor/view.js';
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

/** What did not match when a state dict was loaded, as PyTorch returns it. */
export interface IncompatibleKeys {
  /** The model's, not in what was loaded. */
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

export interface LoadStateDictOptions {
  /** Whether every key must match. Default true; else those of both sides are loaded. Shapes must fit in any case. */
  readonly strict?: boolean;
}

/** @throws HeddleError STATE_DICT with all that is missing, unexpected or does not fit; nothing is copied then */
export function loadStateDict(
  target: StateDict,
  source: ReadonlyMap<string, TensorSource>,
  given?: LoadStateDictOptions,
): IncompatibleKeys {
  const keys = checkStateDict(target, source, given);
  for (const [name, tensor] of target) {
    const found = source.get(name);
    if (found) copyTensor(found, tensor);
  }
  return keys;
}

/** @throws HeddleError STATE_DICT as loadStateDict would */
export function checkStateDict(
  target: StateDict,
  source: ReadonlyMap<string, TensorSource>,
  given?: LoadStateDictOptions,
): IncompatibleKeys {
  const { strict } = options('loadStateDict(state, { strict })', given, { strict: true });
  flag('loadStateDict strict', strict);
  if (typeof source?.has !== 'function')
    throw new HeddleError(
      'STATE_DICT',
      'expected a state dict that is a Map from names to tensors, found another value',
    );
  const missingKeys = [...target.keys()].filter((name) => !source.has(name));
  const unexpectedKeys = [...source.keys()].filter((name) => !target.has(name));
  const problems = strict
    ? [...missingKeys.map((name) => `${name} is missing`), ...unexpectedKeys.map((name) => `${name} is unexpected`)]
    : [];
  for (const [name, tensor] of target) {
    const problem = source.has(name) ? misfit(source.get(name), tensor) : undefined;
    if (problem) problems.push(`${name} ${problem}`);
  }
  if (problems.length > 0)
    throw new HeddleError('STATE_DICT', `the state dict does not fit the model: ${problems.join('; ')}`);
  return { missingKeys, unexpectedKeys };
}

const isWhole = (value: number | bigint) => typeof value === 'bigint' || Number.isSafeInteger(value);

/** Why a tensor cannot be copied to the model's, if so. */
function misfit(found: TensorSource | undefined, { shape, data }: TensorView): string | undefined {
  if (!isTensor(found)) return 'is no tensor with shape and data';
  if (found.shape.join() !== shape.join())
    return `has shape ${formatShape(found.shape)}, the model's is ${formatShape(shape)}`;
  if (!isComplete(found)) return `has ${found.data.length} elements, too few for its shape ${formatShape(shape)}`;
  if (data instanceof BigInt64Array && !Array.from<number | bigint>(found.data).every(isWhole))
    return "must be a whole number, the model's is a 64-bit integer";
  if (data instanceof Float32Array && found.data instanceof BigInt64Array)
    return "is of 64-bit integers, the model's of 32-bit floats";
  return undefined;
}
