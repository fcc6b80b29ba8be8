import type { Dataset } from '../data/dataset.js';
import type { Machines } from '../parallel/machines.js';
import { PageThread } from '../parallel/pageThread.js';
import type { Platform } from '../parallel/platform.js';
import { type Pool, WorkerPool } from '../parallel/pool.js';
import type { TeamMemory } from '../parallel/team.js';
import type { StartThreads } from '../parallel/threads.js';
import { ownPart, type SampleRange } from '../program/ownPart.js';
import type { Pass } from '../program/phase.js';
import type { ArenaMemory } from '../tensor/arena.js';
import type { ProgramName, Programs } from './programs.js';
import type { RunConfig } from './trainerOptions.js';

/** From this a worker thread builds the main thread's programs, in the same memory. */
export interface WorkerSetup {
  readonly work: 'training';
  readonly config: RunConfig;
  readonly memory: ArenaMemory;
}

/** What a pass needs to know of its step. */
export type StepPass = Pick<Pass, 'number' | 'epoch' | 'learningRate' | 'groupRates' | 'batch' | 'estimatedBatches'>;

const words = { owner: 'trainer', pass: 'step' };

/** Runs a run's programs on its worker threads, a batch at a time. */
export class ProgramRunner {
  readonly pool: Pool<ProgramName, Dataset>;
  /** The data set of the last pass, and what the workers got of it. */
  private last: { readonly dataset: Dataset; readonly sent: Dataset } | undefined;

  constructor(
    private readonly config: RunConfig,
    private readonly programs: Programs,
    private readonly machines: Machines | undefined,
    { startThreads }: Platform,
  ) {
    this.pool = startThreads ? this.workerPool(startThreads) : this.pageThread();
  }

  private workerPool(startThreads: StartThreads): Pool<ProgramName, Dataset> {
    const { config, machines } = this;
    const { phases, model, learningRates } = this.programs;
    const setup = { work: 'training', config, memory: model.arena.memory } as const;
    const groups = learningRates.length - 1;
    const others = machines && {
      rank: machines.rank,
      ranks: machines.ranks,
      companion: (team: TeamMemory) => machines.companion(setup, team),
    };
    const { workers } = config;
    return new WorkerPool({ words, startThreads, workers, programs: phases, groups, setup, others });
  }

  private pageThread(): Pool<ProgramName, Dataset> {
    const { phases, model, batch } = this.programs;
    return new PageThread(words, phases, model.scratch[0], (dataset: Dataset) => {
      batch.dataset = dataset;
    });
  }

  /** @param indices the samples' places in the data set */
  async run(program: ProgramName, dataset: Dataset, indices: Int32Array, step: StepPass): Promise<void> {
    this.pool.check();
    this.programs.batch.indices.set(indices);
    const samples = indices.length;
    const training = program === 'train' || program === 'estimate';
    // Evaluation adds nothing over samples, so that each can be a shard, which stays in a core's cache.
    const shards = training ? this.shardsOf(samples) : samples;
    await this.pool.run(program, { samples, shards, training, ...step }, this.sentOf(dataset));
  }

  private shardsOf(samples: number): number {
    return Math.min(this.config.shards, samples);
  }

  /** What this machine does of so many samples of a training batch. */
  ownSamples(samples: number): SampleRange {
    return this.machines
      ? ownPart({ samples, shards: this.shardsOf(samples) }, this.machines)
      : { first: 0, count: samples };
  }

  /** The same as for the pass before, if the workers see in it what this thread sees: of arrays that are not shared they have
   * copies. */
  private sentOf(dataset: Dataset): Dataset {
    const { inputs, targets } = dataset;
    const { last } = this;
    const isSame = last?.dataset === dataset && last.sent.inputs === inputs && last.sent.targets === targets;
    const isShared = [inputs, targets].every(({ buffer }) => buffer[Symbol.toStringTag] === 'SharedArrayBuffer');
    if (last && isSame && isShared) return last.sent;
    const sent = { ...dataset };
    this.last = { dataset, sent };
    return sent;
  }
}
