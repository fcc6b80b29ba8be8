import { SGD } from 'heddle';
import { LEARNING_RATE, type Network } from '../speed/peers/networks.js';

/** A network that is trained in batches which machines share. */
export interface Workload extends Network {
  readonly shards: number;
}

/** The shards of a Trainer, or as many as there are machines. */
export const shardsFor = (ranks: number) => Math.max(20, ranks);

/** How a Trainer is made for it, with plain SGD, and an account of its time. */
export const trainerOptions = ({ inputShape, batch, shards }: Workload) => ({
  inputShape,
  batchSize: batch,
  shards,
  optimizer: new SGD({ learningRate: LEARNING_RATE }),
  profile: true,
});
