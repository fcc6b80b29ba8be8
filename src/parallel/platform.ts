import type { KernelChoice } from '../kernels/load.js';
import type { StartThreads } from './threads.js';

/** What is Node's or the browser's of a run with threads. */
export interface Platform {
  /** How many workers there are for so many that were asked for; by default one a core. */
  workers(asked: number | undefined): number;
  /** The kernels for a choice: what 'auto' is. @throws HeddleError ARGUMENT for those that it cannot have */
  resolveKernels(choice: KernelChoice): KernelChoice;
  /** URLs of the modules that worker threads import first; they are given as such, or as paths. @throws HeddleError ARGUMENT */
  moduleUrls(layerModules: readonly string[]): readonly string[];
  /** Undefined where there are no threads that share memory. */
  readonly startThreads: StartThreads | undefined;
}
