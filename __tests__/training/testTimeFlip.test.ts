import { describe, expect, it } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.js';
import { syntheticDataset } from '../support/dataset.js';
import { makePrograms, runProgram } from '../support/programs.js';
import { smallImages, smallNetwork, smallTrainer } from '../support/smallNetwork.js';
import { unequal } from '../support/unequal.js';

const CLASSES = smallImages.classes;
const images = syntheticDataset(13, smallImages);
const indices = Array.from({ length: 13 }, (_, i) => i);

function mirrored(dataset: Dataset): Dataset {
  const {
    inputs,
    shape: [, , width],
  } = dataset;
  const pixels = new Uint8Array(new SharedArrayBuffer(inputs.length));
  pixels.set(inputs.map((_, i) => inputs[i - (i % width) + width - 1 - (i % width)]));
  return { ...dataset, inputs: pixels };
}

/** Logits and losses of 13 images after a step of training, in a batch of up to 16. */
function evaluated(dataset: Dataset, testTimeFlip: boolean, shards = 13) {
  const programs = makePrograms(smallNetwork(), dataset, {
    testTimeFlip,
    loss: { type: 'CrossEntropyLoss', labelSmoothing: 0.2 },
  });
  runProgram(programs, 'train', images, indices, { shards: 13 });
  runProgram(programs, 'evaluate', dataset, indices, { shards });
  return {
    logits: programs.output('evaluate').data.slice(0, 13 * CLASSES),
    losses: programs.batch.losses.slice(0, 13),
  };
}

describe('testTimeFlip', () => {
  const { logits, losses } = evaluated(images, true);
  const [plain, flipped] = [evaluated(images, false).logits, evaluated(mirrored(images), false).logits];

  it('gives half the float32 sum of the logits of each image and its mirror image, to the bit, in 1, 5 and 13 shards', () => {
    const mean = plain.map((logit, i) => Math.fround(logit + flipped[i]) / 2);
    expect(unequal(flipped, plain)).not.toEqual([]);
    for (const shards of [1, 5, 13]) expect(unequal(evaluated(images, true, shards).logits, mean)).toEqual([]);
  });

  it('has the cross-entropy of that mean as its loss, without label smoothing, to 1e-12', () => {
    for (const [n, loss] of losses.entries()) {
      const row = Array.from(logits.subarray(n * CLASSES, (n + 1) * CLASSES));
      const expected = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - row[images.targets[n]]), 0));
      expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-12);
    }
  });

  it('leaves training as it is, to the bit, and is what a Trainer’s evaluation does in its threads', async () => {
    const hashes = [];
    for (const testTimeFlip of [true, false]) {
      const trainer = smallTrainer({ testTimeFlip });
      try {
        const before = await trainer.evaluate(images);
        const programs = makePrograms(smallNetwork(), images, { testTimeFlip });
        runProgram(programs, 'evaluate', images, indices, { shards: 13 });
        expect(before?.loss).toBe(programs.batch.losses.subarray(0, 13).reduce((sum, loss) => sum + loss, 0) / 13);
        for await (const _ of trainer.fit(images, { epochs: 1 }));
        hashes.push(trainer.weightsHash());
      } finally {
        await trainer.close();
      }
    }
    expect(hashes[0]).toBe(hashes[1]);
  });
});
