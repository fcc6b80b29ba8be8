import { Model } from 'heddle';
import { SGD } from '../../src/optimizers/sgd.js';
import { nodePlatform } from '../../src/parallel/nodePlatform.js';
import type { Phase } from '../../src/program/phase.js';
import { CountingArena } from '../../src/tensor/countingArena.js';
import { Programs } from '../../src/training/programs.js';
import { runConfig } from '../../src/training/trainerOptions.js';
import { LEARNING_RATE } from '../speed/peers/networks.js';
import type { Workload } from './workload.js';

/** What a step of training does where so many machines share it, with what they tell each other; no memory is taken for it. */
export function phasesOf({ create, inputShape, batch, shards }: Workload, ranks: number): readonly Phase[] {
  const { graph } = new Model(create(), { inputShape, batchSize: 1 });
  const optimizer = new SGD({ learningRate: LEARNING_RATE });
  const sizes = { batchSize: batch, shards, workers: 1 };
  const config = runConfig(
    graph,
    { ...sizes, inputShape, optimizer, kernels: 'reference', profile: true },
    nodePlatform,
  );
  return new Programs(config, new CountingArena(), ranks).profile?.timed() ?? [];
}
