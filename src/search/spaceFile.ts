import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HeddleError, reason } from '../errors.js';
import { parseJson } from '../formats/json.js';
import { openRegularFile, readText } from '../formats/regularFile.js';
import { required, text } from '../validate.js';
import { readSpace, type Space } from './space.js';

/** Reads a space from a JSON file, or from the default export of a JavaScript or TypeScript module, which may be a
 * promise.
 * @throws HeddleError FILE when it cannot be read, is TypeScript and this Node cannot run it, or throws or does not
 *   come to an end; FORMAT when its content is no space */
export async function loadSpace(path: string): Promise<Space> {
  required('loadSpace(path)', { path });
  text('path', path);
  const isModule = /\.[cm]?[jt]s$/.test(path);
  const value = isModule
    ? plainCopy(await importDefault(path), path)
    : parseJson(await readText(path), path, 'JSON, or a name that ends in .js or .ts');
  return readSpace(value, path);
}

async function importDefault(path: string): Promise<unknown> {
  const load = async (): Promise<unknown> => {
    const { handle } = await openRegularFile(path);
    await handle.close();
    // A file of the moment, which no bundler can look for.
    return (await import(/* webpackIgnore: true */ pathToFileURL(resolve(path)).href)).default;
  };
  try {
    return await settled(load());
  } catch (cause) {
    const said = reason(cause);
    const advice = said.startsWith('Unknown file extension')
      ? `Node ${process.versions.node} runs no TypeScript; take Node 22.18 or later, or write the space as JSON`
      : said;
    throw new HeddleError('FILE', `cannot import ${path}: ${advice}`, { cause });
  }
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

/** Half a minute, in milliseconds. */
const PATIENCE = 30_000;

/** Rejects also when a promise cannot settle any more, as Node has nothing left to wait for, or does not for long. */
function settled<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error('it waits for a promise that does not settle'));
    const timer = setTimeout(giveUp, PATIENCE).unref();
    process.once('beforeExit', giveUp);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      process.off('beforeExit', giveUp);
    });
  });
}
