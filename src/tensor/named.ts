import { HeddleError } from '../errors.js';
import { isMap, isPlainObject, kindOf } from '../validate.js';

/** Values by name: a Map, as `model.stateDict()` and `loadSafetensors` give it, or an object. */
export type Named<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>;

/** The Map of values by name. @throws HeddleError ARGUMENT for what is neither Map nor object, with what to write */
export function mapOf<T>(what: string, named: Named<T>): ReadonlyMap<string, T> {
  if (isMap(named)) return named;
  const hint = hintFor(named);
  if (hint === undefined) return new Map(Object.entries(named));
  throw new HeddleError('ARGUMENT', `${what}: expected a Map or an object, { name: value }; found ${hint}`);
}

/** What is wrong with a value, if it is no object of values by name. */
function hintFor(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return kindOf(value);
  if ('then' in value && typeof value.then === 'function') return 'a promise. Await it first';
  if ('stateDict' in value && typeof value.stateDict === 'function') return 'a model or trainer. Give its stateDict()';
  if ('tensors' in value && isMap(value.tensors)) return 'a whole file. Give its tensors: file.tensors';
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'a list. Make a Map of its pairs: new Map(list)';
  return isPlainObject(value) ? undefined : kindOf(value);
}
