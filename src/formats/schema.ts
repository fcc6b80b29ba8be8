import * as v from 'valibot';
import { HeddleError, quote } from '../errors.js';
import { isPlainObject } from '../validate.js';

// A schema's message says what it expects, as "a whole number of 1 or more".

export const string = v.string('a text');
export const number = v.pipe(v.number('a number'), v.finite('a number'));

export const numberFrom = (low: number, high: number) => {
  const expected = `a number from ${low} to ${high}`;
  return v.pipe(v.number(expected), v.minValue(low, expected), v.maxValue(high, expected));
};

export const wholeNumberFrom = (least: number) => {
  const expected = `a whole number of ${least} or more`;
  return v.pipe(v.number(expected), v.safeInteger(expected), v.minValue(least, expected));
};

export const plainObject = (expected: string) =>
  v.custom<Readonly<Record<string, unknown>>>((value) => isPlainObject(value), expected);

/** An object of fields, of which others are left away; for a missing one the message is that of its schema. */
export const fields = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.object(entries, ({ path }) => {
    const { message } = (path ? entries[String(path[0].key)] : {}) as { readonly message?: unknown };
    return typeof message === 'string' ? message : 'an object';
  });

/** What a schema makes of a value from a file.
 * @param error makes the error of its message; by default one with the code FORMAT
 * @throws HeddleError with what was expected, where in the value, and what was found */
export function read<Value>(
  schema: v.GenericSchema<unknown, Value>,
  value: unknown,
  error = (message: string) => new HeddleError('FORMAT', message),
): Value {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue);
  const found = quote(JSON.stringify(issue.input) ?? 'none');
  throw error(`expected ${issue.message}${place === null ? '' : ` as ${place}`}; found ${found}`);
}
