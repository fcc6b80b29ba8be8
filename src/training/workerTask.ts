import type { ImageDataset } from '../data/imageDataset.js';
import type { ArenaMemory } from '../tensor/arena.js';
import type { ProgramName } from './programs.js';
import type { RunConfig } from './runConfig.js';

/** From this a worker thread builds the main thread's programs, in the same memory. */
export interface WorkerSetup {
  readonly config: RunConfig;
  readonly memory: ArenaMemory;
}

/** What the workers do together on one batch. */
export interface WorkerTask {
  readonly program: ProgramName;
  readonly dataset: ImageDataset;
}
