import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { required, text } from '../arguments.js';
import { HeddleError } from '../errors.js';
import { readSpace, type Space } from './space.js';

/**
 * Reads a space from a JSON file, or from the default export of a JavaScript or TypeScript module.
 *
 * @throws HeddleError FILE when it cannot be read, or is TypeScript and this Node cannot run it; FORMAT when its content
 *   is no space
 */
export async function loadSpace(path: string): Promise<Space> {
  required('loadSpace(path)', { path });
  text('path', path);
  return readSpace(/\.[cm]?[jt]s$/.test(path) ? await importDefault(path) : await readJson(path), path);
}

async function readJson(path: string): Promise<unknown> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (cause) {
    throw new HeddleError('FILE', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  try {
    return JSON.parse(content);
  } catch (cause) {
    const { message } = cause as Error;
    throw new HeddleError('FORMAT', `${path}: expected JSON, or a name that ends in .js or .ts; ${message}`, { cause });
  }
}

async function importDefault(path: string): Promise<unknown> {
  try {
    const module: { default?: unknown } = await import(pathToFileURL(resolve(path)).href);
    return module.default;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const advice =
      code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? `Node ${process.versions.node} runs no TypeScript; take Node 22.18 or later, or write the space as JSON`
        : message;
    throw new HeddleError('FILE', `cannot import ${path}: ${advice}`, { cause });
  }
}
