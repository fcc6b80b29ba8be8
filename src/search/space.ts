import { HeddleError, quote, shown } from '../errors.js';
import { isPlainObject, required, text } from '../validate.js';

/** What one setting of a training may be. */
export type SettingValue = number | string | boolean;

/** A point of a space: a value for each of its names. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** Numbers from low to high, both included: evenly, evenly in their logarithm, or in steps from low. */
export interface SearchRange {
  readonly low: number;
  readonly high: number;
  readonly log?: boolean;
  /** Whole numbers alone. */
  readonly integer?: boolean;
  readonly step?: number;
}

export interface SearchChoices {
  readonly choices: readonly SettingValue[];
}

/** What is searched for one setting; a plain value is fixed. */
export type SearchParameter = SearchRange | SearchChoices | SettingValue;

/** What is searched: a parameter for each name, in the order in which people want to see them. */
export type Space = Readonly<Record<string, SearchParameter>>;

export const isRange = (parameter: SearchParameter): parameter is SearchRange =>
  typeof parameter === 'object' && 'low' in parameter;
export const isFixed = (parameter: SearchParameter): parameter is SettingValue => typeof parameter !== 'object';

const isValue = (value: unknown): value is SettingValue =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

/** Checks a space that comes from a file.
 * @param source what messages call the file
 * @throws HeddleError FORMAT naming the parameter, what it should be and what it is */
export function readSpace(value: unknown, source: string): Space {
  required('readSpace(value, source)', { source });
  text('source', source);
  if (!isPlainObject(value)) throw wrong(source, 'expected an object with a parameter for each name', value);
  const parameters = Object.entries(value).map(([name, parameter]): [string, SearchParameter] => {
    // Other names might be `__proto__`, or numbers, which JavaScript's objects put in an order of their own.
    if (!/^[a-z]\w*$/i.test(name)) throw wrong(source, 'expected names of letters and digits, a letter first', name);
    return [name, readParameter(parameter, `${source}: ${name}`)];
  });
  if (parameters.every(([, parameter]) => isFixed(parameter)))
    throw new HeddleError('FORMAT', `${source}: expected a range or choices for one name at least; found none`);
  return Object.fromEntries(parameters);
}

function readParameter(value: unknown, place: string): SearchParameter {
  if (isValue(value)) return value;
  if (isPlainObject(value) && 'choices' in value) return readChoices(value, place);
  if (isPlainObject(value) && 'low' in value && 'high' in value) return readRange(value, place);
  throw wrong(place, 'expected { "low", "high" }, { "choices": […] }, or a number, text, true or false', value);
}

function readChoices({ choices, ...rest }: Readonly<Record<string, unknown>>, place: string): SearchChoices {
  rejectOthers(rest, 'choices', place);
  if (!Array.isArray(choices) || choices.length < 2 || !choices.every(isValue))
    throw wrong(place, 'expected two or more numbers, texts or booleans as choices', choices);
  if (new Set(choices).size < choices.length) throw wrong(place, 'expected each choice once', choices);
  return { choices: [...choices] };
}

function readRange(value: Readonly<Record<string, unknown>>, place: string): SearchRange {
  const { low, high, log = false, integer = false, step, ...rest } = value;
  rejectOthers(rest, 'low, high, log, integer and step', place);
  if (!isNumber(low) || !isNumber(high) || low >= high)
    throw wrong(place, 'expected a low below its high, both finite numbers', { low, high });
  if (typeof log !== 'boolean') throw wrong(place, 'expected log to be true or false', log);
  if (typeof integer !== 'boolean') throw wrong(place, 'expected integer to be true or false', integer);
  if (log && low <= 0) throw wrong(place, 'expected a low above 0, as log is true', low);
  if (integer && !(Number.isSafeInteger(low) && Number.isSafeInteger(high)))
    throw wrong(place, 'expected whole numbers, as integer is true', { low, high });
  if (step === undefined) return { low, high, ...(log && { log }), ...(integer && { integer }) };
  if (log || integer) throw wrong(place, 'expected a step without log and integer', value);
  const steps = isNumber(step) ? (high - low) / step : Number.NaN;
  if (!isNumber(step) || !(Math.abs(steps - Math.round(steps)) <= 1e-9 * steps))
    throw wrong(place, 'expected a step above 0 that leads from low to high in a whole number of steps', step);
  return { low, high, step };
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);

function rejectOthers(rest: Record<string, unknown>, known: string, place: string): void {
  const [other] = Object.keys(rest);
  if (other !== undefined) throw wrong(place, `expected nothing but ${known}`, other);
}

function wrong(place: string, expected: string, found: unknown): HeddleError {
  const text = typeof found === 'string' ? found : shown(found);
  return new HeddleError('FORMAT', `${place}: ${expected}; found ${quote(text)}`);
}
