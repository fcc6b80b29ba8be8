import { Piscina } from 'piscina';
import { reason } from '../src/errors.js';
import type { ThreadData, ThreadTask } from '../src/parallel/pool.js';
import { Team } from '../src/parallel/team.js';
import { TrainingStep } from '../src/training/step.js';
import type { WorkerSetup, WorkerTask } from '../src/training/workerTask.js';

/** What a Piscina thread runs: it lays the main thread's model over the shared memory once, then takes part in each step. */
async function setUp(): Promise<(task: ThreadTask<WorkerTask>) => void> {
  const { setup, team: teamMemory } = Piscina.workerData as ThreadData<WorkerSetup>;
  const { config, memory } = setup;
  for (const module of config.layerModules)
    await import(module).catch((cause) => {
      throw new Error(`cannot import ${module}: ${reason(cause)}`);
    });
  const trainingStep = new TrainingStep(config, memory);
  const team = new Team(teamMemory, config.workers);
  return ({ worker, step, task }) => {
    trainingStep.dataset = task.dataset;
    if (trainingStep.profile) trainingStep.profile.worker = worker;
    try {
      team.run(trainingStep.phases[task.program], step, worker, trainingStep.model.scratch[worker]);
    } catch (cause) {
      // A layer of others may throw anything; Piscina takes null for success.
      throw new Error(reason(cause));
    }
  };
}

export default setUp();
