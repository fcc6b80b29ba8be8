import { HeddleError, quote, reason } from '../errors.js';
import { isPlainObject, kindOf } from '../validate.js';
import { formatError } from './fileKind.js';

/** Parses JSON in which no object has a key twice: JSON.parse would take the last one without a word.
 * @param what what messages say was expected, such as "JSON with options of train"
 * @throws HeddleError FORMAT */
export function parseJson(text: string, source: string, what = 'JSON'): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HeddleError('FORMAT', `${source}: expected ${what}; ${reason(cause)}`, { cause });
  }
  const key = repeatedKey(text);
  if (key !== undefined)
    throw formatError(source, `expected each key once; found ${quote(key)} twice`, 'Remove one of them');
  return value;
}

/** The first key that comes twice in an object of a text that is JSON. */
function repeatedKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}]/g)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (token.endsWith(':')) {
      const key: string = JSON.parse(token.slice(0, -1));
      const keys = objects.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

/** What JSON would lose of a value, and where that stands; undefined where JSON.parse gives an equal value back.
 *
 * @param deepest how deep lists and objects may stand in it */
export function lostInJson(value: unknown, place: string, deepest: number): string | undefined {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return undefined;
  if (Number.isFinite(value) && !Object.is(value, -0)) return undefined;
  if (!Array.isArray(value) && !isPlainObject(value))
    return `${Object.is(value, -0) ? '-0' : kindOf(value)} at ${place}`;
  if (deepest === 0) return `a list or an object that deep at ${place}`;
  // A list's entries() has its holes too, which JSON makes null.
  const items: Iterable<[number | string, unknown]> = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [key, item] of items) {
    const lost = lostInJson(item, Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`, deepest - 1);
    if (lost) return lost;
  }
  return undefined;
}
