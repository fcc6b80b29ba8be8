import { Piscina } from 'piscina';
import { reason } from '../src/errors.js';
import { importModules } from '../src/parallel/modules.js';
import type { ThreadData, ThreadTask } from '../src/parallel/pool.js';
import { Team } from '../src/parallel/team.js';
import { PredictionProgram, type PredictionSetup, type PredictionTask } from '../src/prediction/predictionProgram.js';
import { Arena } from '../src/tensor/arena.js';
import type { WorkerSetup, WorkerTask } from '../src/training/programRunner.js';
import { Programs } from '../src/training/programs.js';

/** What a Piscina thread runs: it lays the main thread's model over the shared memory once, then takes part in each pass. */
async function setUp(): Promise<(task: ThreadTask<never>) => void> {
  const { setup, team: teamMemory } = Piscina.workerData as ThreadData<WorkerSetup | PredictionSetup>;
  await importModules(setup.config.layerModules);
  const team = new Team(teamMemory, setup.config.workers);
  const takePart = setup.work === 'training' ? training(setup, team) : prediction(setup, team);
  return (task) => {
    try {
      takePart(task);
    } catch (cause) {
      // A layer of others may throw anything; Piscina takes null for success.
      throw new Error(reason(cause));
    }
  };
}

function training({ config, memory }: WorkerSetup, team: Team) {
  const programs = new Programs(config, new Arena(memory));
  return ({ worker, pass, task }: ThreadTask<WorkerTask>) => {
    programs.batch.dataset = task.dataset;
    if (programs.profile) programs.profile.worker = worker;
    team.run(programs.phases[task.program], pass, worker, programs.model.scratch[worker]);
  };
}

function prediction({ config, memory }: PredictionSetup, team: Team) {
  const { phases, model } = new PredictionProgram(config, new Arena(memory));
  return ({ worker, pass, task }: ThreadTask<PredictionTask>) =>
    team.run(phases[task], pass, worker, model.scratch[worker]);
}

export default setUp();
