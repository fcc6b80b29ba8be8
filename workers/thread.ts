import { Piscina } from 'piscina';
import { pictureTasks } from '../src/datasets/imageFolder/pictureTasks.js';
import { reason } from '../src/errors.js';
import { importModules } from '../src/parallel/modules.js';
import type { ThreadData, ThreadTask } from '../src/parallel/pool.js';
import type { NamedTask, TaskThreadData } from '../src/parallel/taskPool.js';
import { Team } from '../src/parallel/team.js';
import { PredictionProgram, type PredictionSetup } from '../src/prediction/predictionProgram.js';
import { Arena } from '../src/tensor/arena.js';
import type { WorkerSetup } from '../src/training/programRunner.js';
import { training } from './training.js';

/** What a Piscina thread runs: tasks of a table, or passes with others. */
async function setUp() {
  const data: TaskThreadData | ThreadData<WorkerSetup | PredictionSetup> = Piscina.workerData;
  if ('work' in data) return ({ name, task }: NamedTask<keyof typeof pictureTasks>) => pictureTasks[name](task);
  return passes(data);
}

/** Lays the main thread's model over the shared memory once; a task is to take part in pass after pass. */
async function passes({ setup, team: teamMemory }: ThreadData<WorkerSetup | PredictionSetup>) {
  await importModules(setup.config.layerModules);
  const team = new Team(teamMemory, setup.config.workers);
  const takePart = setup.work === 'training' ? training(setup, team) : prediction(setup, team);
  return async (task: ThreadTask<never>) => {
    try {
      for (let number = 0; takePart(task, number); number++) await printed();
    } catch (cause) {
      // A layer of others may throw anything; Piscina takes null for success.
      throw new Error(reason(cause));
    }
  };
}

/** What a layer prints is on its way only when this thread has nothing else to do. */
async function printed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve));
}

function prediction({ config, memory }: PredictionSetup, team: Team) {
  const { phases, model } = new PredictionProgram(config, new Arena(memory));
  const programs = Object.values(phases);
  return ({ worker }: ThreadTask<unknown>, passes: number) =>
    team.takePart(programs, passes, worker, model.scratch[worker]);
}

export default setUp();
