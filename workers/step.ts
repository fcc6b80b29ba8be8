import { Piscina } from 'piscina';
import type { WorkerSetup, WorkerTask } from '../src/parallel/pool.js';
import { Team } from '../src/parallel/team.js';
import { TrainingStep } from '../src/training/step.js';

/** What a Piscina thread runs: it lays the main thread's model over the shared memory once, then takes part in each step. */
async function setUp(): Promise<(task: WorkerTask) => void> {
  const { config, memory, team: teamMemory } = Piscina.workerData as WorkerSetup;
  for (const module of config.layerModules) await import(module);
  const step = new TrainingStep(config, memory);
  const team = new Team(teamMemory, config.workers);
  return (task) => {
    step.dataset = task.dataset;
    if (step.profile) step.profile.worker = task.worker;
    team.run(step.phases[task.program], task.step, task.worker, step.model.scratch[task.worker]);
  };
}

export default setUp();
