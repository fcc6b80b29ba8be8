import { HeddleError, quote } from '../errors.js';
import { texts } from '../validate.js';
import type { Platform } from './platform.js';
import { startWebWorkers } from './webThreads.js';

/** Why trainings in this page have one thread, in a sentence; undefined where they have all cores. */
export function whyOneThread(): string | undefined {
  if (!globalThis.crossOriginIsolated)
    return 'heddle trains on one thread: a page has memory that threads share only if it is cross-origin isolated; serve it by https, or from localhost, with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  if (!('waitAsync' in Atomics))
    return 'heddle trains on one thread: this browser has no Atomics.waitAsync; Chrome has it from version 90, Firefox from 145, Safari from 16.4';
  return undefined;
}

let warned = false;

function warn(why: string): void {
  if (!warned) console.warn(why);
  warned = true;
}

/** A browser. */
export const webPlatform: Platform = {
  workers(asked) {
    const why = whyOneThread();
    if (why === undefined) return asked ?? navigator.hardwareConcurrency;
    if (asked !== 1) warn(why);
    return 1;
  },
  resolveKernels(choice) {
    if (choice === 'wide') throw new HeddleError('ARGUMENT', 'the kernels "wide" are for Node 24 or later; use "auto"');
    return choice;
  },
  moduleUrls: (layerModules) => texts('layerModules', layerModules).map(urlOf),
  get startThreads() {
    return whyOneThread() === undefined ? startWebWorkers : undefined;
  },
};

function urlOf(module: string): string {
  try {
    return new URL(module, globalThis.location.href).href;
  } catch (cause) {
    throw new HeddleError('ARGUMENT', `layerModules: expected URLs of modules; found ${quote(module)}`, { cause });
  }
}
