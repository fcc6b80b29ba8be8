import type { Dataset } from '../src/data/dataset.js';
import { reason } from '../src/errors.js';
import { importModules } from '../src/parallel/modules.js';
import type { ThreadData, ThreadTask } from '../src/parallel/pool.js';
import { Team } from '../src/parallel/team.js';
import type { WebAnswer, WebRequest } from '../src/parallel/webThreads.js';
import type { WorkerSetup } from '../src/training/programRunner.js';
import { training } from './training.js';

// What a Web Worker runs: it takes part in the passes of a training.

type TakePart = ReturnType<typeof training>;

async function setUp({ setup, team }: ThreadData<WorkerSetup>): Promise<TakePart> {
  await importModules(setup.config.layerModules);
  return training(setup, new Team(team, setup.config.workers));
}

/** @returns how the task failed, if it did */
async function perform(ready: Promise<TakePart> | undefined, task: ThreadTask<Dataset>): Promise<string | undefined> {
  try {
    const takePart = await ready;
    for (let passes = 0; takePart?.(task, passes); passes++);
    return undefined;
  } catch (cause) {
    return reason(cause);
  }
}

let ready: Promise<TakePart> | undefined;

self.onmessage = async ({ data: request }: MessageEvent<WebRequest>) => {
  if ('start' in request) {
    ready = setUp(request.start as ThreadData<WorkerSetup>);
    ready.catch(() => {}); // the first task tells
    return;
  }
  const failed = await perform(ready, request.task as ThreadTask<Dataset>);
  self.postMessage({ failed } satisfies WebAnswer);
};
