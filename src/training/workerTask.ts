import type { ImageDataset } from '../data/imageDataset.js';
import type { ArenaMemory } from '../tensor/arena.js';
import type { Programs, RunConfig } from './programs.js';

/** From this a worker thread builds the main thread's step, in the same memory. */
export interface WorkerSetup {
  readonly config: RunConfig;
  readonly memory: ArenaMemory;
}

/** What the workers do together on one batch. */
export interface WorkerTask {
  readonly program: keyof Programs['phases'];
  readonly dataset: ImageDataset;
}
