import { HeddleError, quote, reason } from '../errors.js';
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
