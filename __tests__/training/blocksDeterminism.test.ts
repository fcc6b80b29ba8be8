import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SGD } from '../../dist/index.js';
import { decodeCheckpoint, loadModel, saveModel, Trainer, type TrainerOptions } from '../../dist/node.js';
import { blockClasses, blockInput, blockNames, blockNetworks } from '../support/blocks.js';
import { syntheticDataset } from '../support/dataset.js';
import { forward } from '../support/passes.js';
import { bits, type Course, checkpointedCourse, course } from '../support/smallNetwork.js';
import { unequal } from '../support/unequal.js';

const [channels, size, width] = blockInput;
const images = { classes: blockClasses, channels, size, width };
const train = syntheticDataset(26, images);
const test = syntheticDataset(11, { ...images, sample: 1 });
const normalization = { mean: 0.5, std: 0.4 };

// Batches of 10, 10 and 6: fewer shards than samples, which do not divide them.
const options = { inputShape: blockInput, batchSize: 10, shards: 4, seed: 3, normalization, kernels: 'simd' } as const;
const optimizer = new SGD({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.01 });
const STEPS = 6;

describe.each(blockNames)('%s, two epochs of three steps:', (name) => {
  const trainer = (more: Partial<TrainerOptions>) =>
    new Trainer(blockNetworks[name](), { ...options, optimizer, ...more });
  const run = (more: Partial<TrainerOptions>) => course(trainer(more), train, { epochs: 2, test });

  let alone: Course;
  let checkpoints: Uint8Array[];
  beforeAll(async () => {
    ({ course: alone, checkpoints } = await checkpointedCourse(trainer({ workers: 1 }), train, { epochs: 2, test }));
  });

  it('each step has a loss of its own, and the last is below the first', () => {
    const losses = alone.steps.map(({ loss }) => loss);
    expect(new Set(losses).size).toBe(STEPS);
    expect(losses[STEPS - 1]).toBeLessThan(losses[0]);
  });

  it.each([2, 3, 7])('%d workers give the bits of one in every loss and the weightsHash', async (workers) => {
    expect(bits(await run({ workers }))).toEqual(bits(alone));
  });

  it.each(['reference', 'auto'] as const)(
    'the %s kernels give the bits of simd in every loss and the weightsHash',
    async (kernels) => {
      expect(bits(await run({ workers: 2, kernels }))).toEqual(bits(alone));
    },
  );

  it('a run that goes on from any step has the bits of the one that was not stopped, with 1 to 3 workers', async () => {
    expect(checkpoints).toHaveLength(STEPS);
    for (const [i, checkpoint] of checkpoints.entries()) {
      const resumed = trainer({ workers: 1 + (i % 3) });
      resumed.restore(decodeCheckpoint(checkpoint));
      const found = bits(await course(resumed, train, { epochs: 2 - resumed.epochsDone, test }));
      expect([i, found.weightsHash]).toEqual([i, alone.weightsHash]);
      expect([i, found.steps]).toEqual([i, bits(alone).steps.slice(i + 1)]);
    }
  });

  it('its model file alone gives a model of the same outputs to the bit', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heddle-blocks-'));
    const trained = trainer({ workers: 1 });
    try {
      await course(trained, train, { epochs: 1 });
      const path = join(folder, 'model.safetensors');
      await saveModel(path, trained.model, { normalization });
      const loaded = await loadModel(path, { batchSize: 4, kernels: 'simd' });
      expect(loaded.normalization).toEqual(normalization);
      const input = Float32Array.from(test.inputs.subarray(0, 4 * channels * size * width), (pixel) => pixel / 255);
      expect(unequal(forward(loaded.model.eval(), input), forward(trained.model.eval(), input))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
