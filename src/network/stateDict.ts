import ndarray, { type NdArray } from 'ndarray';
import { HeddleError, quote } from '../errors.js';
import { type Graph, stateName } from '../graph/graph.js';
import type { Buffer, Parameter } from '../layers/layer.js';
import { mapOf, type Named } from '../tensor/named.js';
import { formatShape } from '../tensor/shape.js';
import { copyTensor, isComplete, isTensor, type TensorSource, type TensorView } from '../tensor/view.js';
import { flag, options } from '../validate.js';

/** PyTorch's names, in its order, with views of the model's memory in PyTorch's shapes. */
export type StateDict = ReadonlyMap<string, TensorView>;

/** A parameter, or another array laid out like it, in PyTorch's shape. */
export const parameterView = (parameter: Parameter, array: Float32Array = parameter.data): NdArray<Float32Array> =>
  ndarray(array, [...parameter.shape], [...parameter.strides]);

/** Each module's parameters, then its buffers, module by module; those of a module that stands at several places under the
 * names of all of them. */
export function stateDict(graph: Graph, parameters: readonly Parameter[], buffers: readonly Buffer[]): StateDict {
  const state = new Map<string, TensorView>();
  for (const { path, sameAs = path } of graph.modules) {
    const keyOf = (name: string) => name.slice(sameAs === '' ? 0 : sameAs.length + 1);
    const isOwn = ({ name }: { readonly name: string }) =>
      stateName(sameAs, keyOf(name)) === name && !keyOf(name).includes('.');
    for (const parameter of parameters.filter(isOwn))
      state.set(stateName(path, keyOf(parameter.name)), parameterView(parameter));
    for (const { name, data, shape } of buffers.filter(isOwn))
      state.set(stateName(path, keyOf(name)), ndarray(data as Float32Array, [...shape]));
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

/** Counters that are missing keep their values, as in PyTorch. Of a shared module's tensor one of its names will do, which is
 * what safetensors' save_model leaves of them.
 *
 * @param source tensors by name in a Map or an object, as `stateDict` and `loadSafetensors` give them
 * @throws HeddleError STATE_DICT with all that is missing, unexpected or does not fit; ARGUMENT for what is no tensors by
 *   name; nothing is copied then */
export function loadStateDict(
  target: StateDict,
  source: Named<TensorSource>,
  given?: LoadStateDictOptions,
): IncompatibleKeys {
  const tensors = mapOf('the state dict', source);
  const keys = checkStateDict(target, tensors, given);
  for (const [name, tensor] of target) {
    const found = tensors.get(name);
    if (found) copyTensor(found, tensor);
  }
  return keys;
}

/** @throws HeddleError STATE_DICT, ARGUMENT as loadStateDict would */
export function checkStateDict(
  target: StateDict,
  source: Named<TensorSource>,
  given?: LoadStateDictOptions,
): IncompatibleKeys {
  const { strict } = options('loadStateDict(state, { strict })', given, { strict: true });
  flag('loadStateDict strict', strict);
  const tensors = mapOf('the state dict', source);
  const namesOf = namesByArray(target);
  const isGiven = (name: string) => tensors.has(name);
  const missingKeys = [...target]
    .filter(([name, { data }]) => !isCounter(name) && !namesOf.get(data)?.some(isGiven))
    .map(([name]) => name);
  const unexpectedKeys = [...tensors.keys()].filter((name) => !target.has(name));
  if (strict) checkPrefixes(missingKeys, unexpectedKeys);
  const problems = strict
    ? [...missingKeys.map((name) => `${name} is missing`), ...unexpectedKeys.map((name) => `${name} is unexpected`)]
    : [];
  for (const [name, tensor] of target) {
    const problem = tensors.has(name) ? misfit(tensors.get(name), tensor) : undefined;
    if (problem) problems.push(`${name} ${problem}`);
  }
  if (problems.length === 0) problems.push(...disagreements(target, tensors));
  if (problems.length > 0)
    throw new HeddleError('STATE_DICT', `the state dict does not fit the model: ${problems.join('; ')}`);
  return { missingKeys, unexpectedKeys };
}

/** The names of each array: several for a module's that stands at several places. */
function namesByArray(target: StateDict): Map<TensorView['data'], string[]> {
  const namesOf = new Map<TensorView['data'], string[]>();
  for (const [name, { data }] of target) namesOf.set(data, [...(namesOf.get(data) ?? []), name]);
  return namesOf;
}

/** Where tensors that fit are given for one array under several names, and would not all leave the same values there. */
function disagreements(target: StateDict, tensors: ReadonlyMap<string, TensorSource>): string[] {
  return [...namesByArray(target).values()].flatMap((names) => {
    const [first, ...others] = names.filter((name) => tensors.has(name));
    if (others.length === 0) return [];
    const { data, shape, stride } = target.get(first) as TensorView;
    const loaded = (name: string) => {
      const copy = ndarray(data.slice() as Float32Array, shape, stride);
      copyTensor(tensors.get(name) as TensorSource, copy);
      return copy.data;
    };
    const expected = loaded(first);
    return others
      .filter((name) => loaded(name).some((value, i) => !Object.is(value, expected[i])))
      .map((name) => `${name} and ${first} are one tensor of the model, and have different values`);
  });
}

/** PyTorch has counted batches since version 0.4.1 only; its _NormBase does without. */
const isCounter = (name: string) => /(^|\.)num_batches_tracked$/.test(name);

/** What PyTorch's wrappers of a network put among the parts of its keys. */
const wrappers: ReadonlyMap<string, string> = new Map([
  ['module', 'DataParallel, DistributedDataParallel or AveragedModel'],
  ['_orig_mod', 'torch.compile'],
]);

/** @throws HeddleError STATE_DICT when keys are the model's but for what a wrapper, or another program, has put before them */
function checkPrefixes(missingKeys: readonly string[], unexpectedKeys: readonly string[]): void {
  const missing = new Set(missingKeys);
  for (const name of unexpectedKeys) {
    const parts = name.split('.');
    const inner = parts.filter((part) => !wrappers.has(part)).join('.');
    const found = [...new Set(parts)].filter((part) => wrappers.has(part));
    const reasons = found.map((part) => `'${part}.', which ${wrappers.get(part)} puts there`).join(', and ');
    const without = String.raw`replace(/\b(${found.join('|')})\./g, '')`;
    if (missing.has(inner))
      throw prefixed(name, inner, reasons, without, `In Python, save net.${found.join('.')}.state_dict(). Or take`);
  }
  const prefix = unexpectedKeys[0]?.match(/^[^.]*\./)?.[0] ?? '';
  const inner = unexpectedKeys.map((name) => name.slice(prefix.length));
  const areTheModels = inner.every((name) => missing.has(name) || isCounter(name));
  if (prefix && areTheModels && unexpectedKeys.every((name) => name.startsWith(prefix)))
    throw prefixed(unexpectedKeys[0], inner[0], `${quote(prefix)} before them`, `slice(${prefix.length})`);
}

/** @param without what a name is to be called with to lose what it has before the model's */
function prefixed(name: string, inner: string, found: string, without: string, advice = 'Take'): HeddleError {
  return new HeddleError(
    'STATE_DICT',
    `the state dict's keys have ${found}: ${quote(name)} is the model's ${quote(inner)}. ${advice} it away: ` +
      `new Map([...state].map(([name, tensor]) => [name.${without}, tensor]))`,
  );
}

const isWhole = (value: number | bigint) => typeof value === 'bigint' || Number.isSafeInteger(value);
const isInt64 = (value: number | bigint) => BigInt.asIntN(64, BigInt(value)) === BigInt(value);

/** Why a tensor cannot be copied to the model's, if so. */
function misfit(
  found: (TensorSource & { readonly storedType?: string }) | undefined,
  { shape, data }: TensorView,
): string | undefined {
  if (!isTensor(found)) return 'is no tensor with shape and data';
  if (found.shape.join() !== shape.join())
    return `has shape ${formatShape(found.shape)}, the model's is ${formatShape(shape)}`;
  const { storedType } = found;
  if (storedType && (data instanceof Float32Array || !/^[IU]/.test(storedType)))
    return `is of type ${storedType}, the model's of ${data instanceof Float32Array ? '32-bit floats' : '64-bit integers'}; convert it where it comes from, in PyTorch with .float()`;
  if (!isComplete(found)) return `has ${found.data.length} elements, too few for its shape ${formatShape(shape)}`;
  if (data instanceof BigInt64Array) {
    const values = Array.from<number | bigint>(found.data);
    return values.every((value) => isWhole(value) && isInt64(value))
      ? undefined
      : "must be a whole number that 64 bits hold, as the model's does";
  }
  if (found.data instanceof BigInt64Array || found.data instanceof BigUint64Array)
    return "is of 64-bit integers, the model's of 32-bit floats";
  return undefined;
}
