import { Piscina } from 'piscina';
import { reason } from '../src/errors.js';
import type { ThreadData, ThreadTask } from '../src/parallel/pool.js';
import { Team } from '../src/parallel/team.js';
import { Arena } from '../src/tensor/arena.js';
import type { WorkerSetup, WorkerTask } from '../src/training/programRunner.js';
import { Programs } from '../src/training/programs.js';

/** What a Piscina thread runs: it lays the main thread's model over the shared memory once, then takes part in each pass. */
async function setUp(): Promise<(task: ThreadTask<WorkerTask>) => void> {
  const { setup, team: teamMemory } = Piscina.workerData as ThreadData<WorkerSetup>;
  const { config, memory } = setup;
  for (const module of config.layerModules)
    await import(module).catch((cause) => {
      throw new Error(`cannot import ${module}: ${reason(cause)}`);
    });
  const programs = new Programs(config, new Arena(memory));
  const team = new Team(teamMemory, config.workers);
  return ({ worker, pass, task }) => {
    programs.batch.dataset = task.dataset;
    if (programs.profile) programs.profile.worker = worker;
    try {
      team.run(programs.phases[task.program], pass, worker, programs.model.scratch[worker]);
    } catch (cause) {
      // A layer of others may throw anything; Piscina takes null for success.
      throw new Error(reason(cause));
    }
  };
}

export default setUp();
