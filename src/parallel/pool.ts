import { Piscina } from 'piscina';
import type { ImageDataset } from '../data/imageDataset.js';
import { HeddleError } from '../errors.js';
import type { Step } from '../phase.js';
import type { StepConfig, TrainingStep } from '../training/step.js';
import { STOPPED, Team } from './team.js';

/** What a worker thread is started with. */
export interface WorkerSetup {
  readonly config: StepConfig;
  readonly memory: WebAssembly.Memory;
  readonly team: SharedArrayBuffer;
}

/** A worker's share of one step. */
export interface WorkerTask {
  readonly worker: number;
  readonly program: keyof TrainingStep['phases'];
  readonly step: Step;
  readonly dataset: ImageDataset;
}

/** Worker threads that together run the steps of one training run, in the memory of the main thread's model. */
export class WorkerPool {
  private readonly team: Team;
  private readonly piscina: Piscina;

  constructor(
    private readonly config: StepConfig,
    { model, phases }: TrainingStep,
  ) {
    const { workers } = config;
    this.team = Team.create(phases.train.length, workers);
    const workerData: WorkerSetup = { config, memory: model.arena.memory, team: this.team.memory };
    this.piscina = new Piscina({
      filename: new URL('./worker.js', import.meta.url).href,
      minThreads: workers,
      maxThreads: workers,
      // A step's tasks wait for each other, so each must have a thread of its own.
      concurrentTasksPerWorker: 1,
      workerData,
    });
  }

  /** @throws HeddleError WORKER with what the first worker to fail said */
  async run(program: WorkerTask['program'], step: Step, dataset: ImageDataset): Promise<void> {
    this.team.clear();
    const tasks = Array.from({ length: this.config.workers }, async (_, worker) => {
      try {
        await this.piscina.run({ worker, program, step, dataset } satisfies WorkerTask);
      } catch (error) {
        this.team.fail();
        throw error;
      }
    });
    const errors = (await Promise.allSettled(tasks)).flatMap((task) =>
      task.status === 'rejected' ? [task.reason as Error] : [],
    );
    const cause = errors.find(({ message }) => message !== STOPPED) ?? errors[0];
    if (cause)
      throw new HeddleError('WORKER', `a worker thread failed in step ${step.number + 1}: ${cause.message}`, { cause });
  }

  async close(): Promise<void> {
    await this.piscina.close({ force: true });
  }
}
