import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reason } from '../errors.js';
import { texts } from '../validate.js';

/** URLs of the modules that worker threads import first; they are given as such, or as paths. @throws HeddleError ARGUMENT */
export const moduleUrls = (layerModules: readonly string[]): readonly string[] =>
  texts('layerModules', layerModules).map((module) =>
    /^[a-z]{2,}:/i.test(module) ? module : pathToFileURL(resolve(module)).href,
  );

/** @throws Error naming the first module that cannot be imported */
export async function importModules(urls: readonly string[]): Promise<void> {
  for (const url of urls)
    await import(url).catch((cause) => {
      throw new Error(`cannot import ${url}: ${reason(cause)}`);
    });
}
