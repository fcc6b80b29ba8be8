import { HeddleError, reason } from '../errors.js';
import { parseJson } from '../formats/json.js';
import { importDefault, isModuleName } from '../formats/moduleFile.js';
import { readText } from '../formats/regularFile.js';
import { required, text } from '../validate.js';
import { readSpace, type Space } from './space.js';

/** Reads a space from a JSON file, or from the default export of a JavaScript or TypeScript module, which may be a
 * promise.
 * @throws HeddleError FILE when it cannot be read, is TypeScript and this Node cannot run it, or throws or does not
 *   come to an end; FORMAT when its content is no space */
export async function loadSpace(path: string): Promise<Space> {
  required('loadSpace(path)', { path });
  text('path', path);
  const value = isModuleName(path)
    ? plainCopy(await importDefault(path, 'write the space as JSON'), path)
    : parseJson(await readText(path), path, 'JSON, or a name that ends in .js or .ts');
  return readSpace(value, path);
}

/** Copies a value, since getters and proxies are code that could throw wherever it is looked at. */
function plainCopy(value: unknown, path: string): unknown {
  try {
    return structuredClone(value);
  } catch (cause) {
    const problem = `expected plain values as the default export: ${reason(cause)}`;
    throw new HeddleError('FORMAT', `${path}: ${problem}`, { cause });
  }
}
