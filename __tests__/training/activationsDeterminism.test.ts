import { expect, it } from '@jest/globals';
import * as built from '../../dist/index.js';
import { Trainer, type TrainerOptions } from '../../dist/node.js';
import { activationNames, activations } from '../support/activations.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, course } from '../support/smallNetwork.js';

const { BatchNorm2d, Conv2d, Flatten, Linear, Sequential, SGD } = built;

const [channels, size, classes] = [2, 5, 3];
const images = syntheticDataset(26, { classes, channels, size, width: size });

/** Every activation once, each with a BatchNorm before it that keeps the numbers where it bends. */
function network() {
  const layers = activations(built as never);
  const blocks = activationNames.flatMap((name) => [new BatchNorm2d(5), layers[name][0]]);
  return new Sequential([
    new Conv2d(channels, 5, 3, { padding: 1 }),
    ...(blocks as built.Layer[]),
    new Flatten(),
    new Linear(5 * size * size, classes),
  ]);
}

it('a network of all activations has the same losses and weights to the bit for 1 and 3 workers and reference kernels', async () => {
  // Batches of 10, 10 and 6: fewer shards than samples, which do not divide them.
  const run = async (more: Partial<TrainerOptions>) => {
    const inputShape = [channels, size, size];
    const optimizer = new SGD({ learningRate: 0.05 });
    const options = {
      inputShape,
      optimizer,
      batchSize: 10,
      shards: 4,
      seed: 3,
      normalization: { mean: 0.5, std: 0.4 },
    };
    return course(new Trainer(network(), { ...options, kernels: 'simd', ...more }), images, { epochs: 2 });
  };
  const alone = await run({ workers: 1 });
  expect(new Set(alone.steps.map(({ loss }) => loss)).size).toBe(6);
  expect(alone.steps.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  expect(bits(await run({ workers: 3 }))).toEqual(bits(alone));
  expect(bits(await run({ workers: 2, kernels: 'reference' }))).toEqual(bits(alone));
});
