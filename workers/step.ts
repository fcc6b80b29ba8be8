import { Piscina } from 'piscina';
import { reason } from '../src/errors.js';
import type { WorkerSetup, WorkerTask } from '../src/parallel/pool.js';
import { Team } from '../src/parallel/team.js';
import { TrainingStep } from '../src/training/step.js';

/** What a Piscina thread runs: it lays the main thread's model over the shared memory once, then takes part in each step. */
async function setUp(): Promise<(task: WorkerTask) => void> {
  const { config, memory, team: teamMemory } = Piscina.workerData as WorkerSetup;
  for (const module of config.layerModules)
    await import(module).catch((cause) => {
      throw new Error(`cannot import ${module}: ${reason(cause)}`);
    });
  const step = new TrainingStep(config, memory);
  const team = new Team(teamMemory, config.workers);
  return (task) => {
    step.dataset = task.dataset;
    if (step.profile) step.profile.worker = task.worker;
    try {
      team.run(step.phases[task.program], task.step, task.worker, step.model.scratch[task.worker]);
    } catch (cause) {
      // A layer of others may throw anything; Piscina takes null for success.
      throw new Error(reason(cause));
    }
  };
}

export default setUp();
