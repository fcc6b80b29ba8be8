import type { ImageDataset } from '../data/imageDataset.js';
import type { ArenaMemory } from '../tensor/arena.js';
import type { StepConfig, TrainingStep } from './step.js';

/** From this a worker thread builds the main thread's step, in the same memory. */
export interface WorkerSetup {
  readonly config: StepConfig;
  readonly memory: ArenaMemory;
}

/** What the workers do together on one batch. */
export interface WorkerTask {
  readonly program: keyof TrainingStep['phases'];
  readonly dataset: ImageDataset;
}
