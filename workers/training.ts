import type { Dataset } from '../src/data/dataset.js';
import type { ThreadTask } from '../src/parallel/pool.js';
import type { Team } from '../src/parallel/team.js';
import { Arena } from '../src/tensor/arena.js';
import type { WorkerSetup } from '../src/training/programRunner.js';
import { Programs } from '../src/training/programs.js';

/** What a worker does of a run, be it Node's or a browser's: it takes part in a pass of its task, the first being number 0, and
 * tells whether there was one. */
export function training({ config, memory }: WorkerSetup, team: Team) {
  const programs = new Programs(config, new Arena(memory), team.memory.machine?.ranks);
  const phases = Object.values(programs.phases);
  return ({ worker, task: dataset }: ThreadTask<Dataset>, passes: number): boolean => {
    programs.batch.dataset = dataset;
    if (programs.profile) programs.profile.worker = worker;
    return team.takePart(phases, passes, worker, programs.model.scratch[worker]);
  };
}
