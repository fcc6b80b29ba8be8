import { reason } from '../errors.js';

/** @throws Error naming the first module that cannot be imported */
export async function importModules(urls: readonly string[]): Promise<void> {
  for (const url of urls)
    await import(url).catch((cause) => {
      throw new Error(`cannot import ${url}: ${reason(cause)}`);
    });
}
