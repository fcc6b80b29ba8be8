import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { texts } from '../validate.js';
import { startPiscina } from './piscinaThreads.js';
import type { Platform } from './platform.js';
import { resolveKernels } from './resolveKernels.js';

/** Node. */
export const nodePlatform = {
  workers: (asked: number | undefined) => asked ?? availableParallelism(),
  resolveKernels,
  moduleUrls: (layerModules: readonly string[]) =>
    texts('layerModules', layerModules).map((module) =>
      /^[a-z]{2,}:/i.test(module) ? module : pathToFileURL(resolve(module)).href,
    ),
  startThreads: startPiscina,
} satisfies Platform;
