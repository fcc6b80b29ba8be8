import { Model } from '../network/model.js';
import type { ModelPlan } from '../network/plannedNetwork.js';
import { joinPhases, type Phase } from '../program/phase.js';
import { Arena, type ArenaMemory } from '../tensor/arena.js';
import type { PredictorConfig } from './predictorOptions.js';

/** From this each thread builds the same program. */
export interface PredictionSetup {
  readonly work: 'prediction';
  readonly config: PredictorConfig;
  readonly memory: ArenaMemory;
}

/** `prepare` has to run before the others: `single` on one sample, `batch` on several. */
export type PredictionName = 'prepare' | 'single' | 'batch';

/** A network with two plans over the same weights: a sample by itself is cut so that all threads have a part in it. */
export class PredictionProgram {
  readonly model: Model;
  readonly plans: Readonly<Record<'single' | 'batch', ModelPlan>>;
  readonly phases: Readonly<Record<PredictionName, readonly Phase[]>>;

  /** @param arena over the memory of the same program on another thread, or one that only counts */
  constructor({ network, batchSize, workers, kernels, convolution }: PredictorConfig, arena = new Arena()) {
    this.model = new Model(network, { batchSize, workers, kernels, convolution, arena });
    const batch = this.model.plan('evaluation');
    const single = this.model.plan('evaluation', 1);
    this.plans = { single, batch };
    this.phases = {
      prepare: batchSize === 1 ? single.prepare : [...batch.prepare, ...single.prepare],
      single: joinPhases(single.forward),
      batch: joinPhases(batch.forward),
    };
  }
}
