import { nodePlatform } from '../parallel/nodePlatform.js';
import { Trainer as AnyTrainer } from './trainer.js';

/** Trains or evaluates a network on all cores: batch shards over a pool of worker threads, in shared memory. */
export class Trainer extends AnyTrainer {
  protected override platform() {
    return nodePlatform;
  }
}
