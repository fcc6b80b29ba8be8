import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HeddleError, reason } from '../errors.js';
import { openRegularFile } from './regularFile.js';

/** Whether a file's name is that of a JavaScript or TypeScript module. */
export const isModuleName = (path: string) => /\.[cm]?[jt]s$/.test(path);

/** The default export of a JavaScript or TypeScript module, which may be a promise.
 *
 * @param otherwise what to do where Node runs no TypeScript, such as "write the space as JSON"
 * @throws HeddleError FILE when it cannot be read, is TypeScript and this Node cannot run it, or throws or does not come
 *   to an end */
export async function importDefault(path: string, otherwise: string): Promise<unknown> {
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
      ? `Node ${process.versions.node} runs no TypeScript; take Node 22.18 or later, or ${otherwise}`
      : said;
    throw new HeddleError('FILE', `cannot import ${path}: ${advice}`, { cause });
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
