import { describe, expect, it } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.js';
import type { TestTime } from '../../src/data/testTimeView.js';
import { syntheticDataset } from '../support/dataset.js';
import { makePrograms, runProgram } from '../support/programs.js';
import { smallImages, smallNetwork, smallTrainer } from '../support/smallNetwork.js';
import { unequal } from '../support/unequal.js';

const CLASSES = smallImages.classes;
const images = syntheticDataset(13, smallImages);
const indices = Array.from({ length: 13 }, (_, i) => i);

/** Images of which each pixel is the one that stood `shift` rows and columns from it, of 9×9 pixels that are reflected around. */
function shifted(dataset: Dataset, shift: number): Dataset {
  const reflected = [8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 4, 3, 2, 1, 0];
  const from = (place: number) => reflected[8 + place + shift];
  const inputs = new Uint8Array(new SharedArrayBuffer(dataset.inputs.length));
  for (const i of inputs.keys()) {
    const [plane, y, x] = [Math.floor(i / 81), Math.floor(i / 9) % 9, i % 9];
    inputs[i] = dataset.inputs[plane * 81 + from(y) * 9 + from(x)];
  }
  return { ...dataset, inputs };
}

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
function evaluated(dataset: Dataset, testTime: Partial<TestTime> = {}, shards = 13) {
  const programs = makePrograms(smallNetwork(), dataset, {
    ...testTime,
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
  const flip = { testTimeFlip: true };
  const { logits, losses } = evaluated(images, flip);
  const [plain, flipped] = [evaluated(images).logits, evaluated(mirrored(images)).logits];

  it('gives half the float32 sum of the logits of each image and its mirror image, to the bit, in 1, 5 and 13 shards', () => {
    const mean = plain.map((logit, i) => Math.fround(logit + flipped[i]) / 2);
    expect(unequal(flipped, plain)).not.toEqual([]);
    for (const shards of [1, 5, 13]) expect(unequal(evaluated(images, flip, shards).logits, mean)).toEqual([]);
  });

  it('has the cross-entropy of that mean as its loss, without label smoothing, to 1e-12', () => {
    for (const [n, loss] of losses.entries()) {
      const row = Array.from(logits.subarray(n * CLASSES, (n + 1) * CLASSES));
      const expected = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - row[images.targets[n]]), 0));
      expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-12);
    }
  });

  it.each([1, 3, 8])(
    'beside a testTimeShift of %d gives airbench’s six views in float32, to the bit: half the image’s in its place, a quarter of each shifted one’s',
    (pixels) => {
      const logitsOf = (dataset: Dataset) => evaluated(dataset).logits;
      const mean = (first: Float32Array, second: Float32Array) =>
        first.map((logit, i) => Math.fround(logit + second[i]) / 2);
      const [before, after] = [shifted(images, -pixels), shifted(images, pixels)];
      const alone = mean(plain, mean(logitsOf(before), logitsOf(after)));
      const both = (dataset: Dataset) => mean(logitsOf(dataset), logitsOf(mirrored(dataset)));
      const withFlip = mean(both(images), mean(both(before), both(after)));
      for (const shards of [1, 13]) {
        expect(unequal(evaluated(images, { testTimeShift: pixels }, shards).logits, alone)).toEqual([]);
        expect(unequal(evaluated(images, { ...flip, testTimeShift: pixels }, shards).logits, withFlip)).toEqual([]);
      }
      expect(new Set([plain, mean(plain, flipped), alone, withFlip].map((one) => one.join())).size).toBe(4);
    },
  );

  it('leaves training as it is, to the bit, and is what a Trainer’s evaluation does in its threads', async () => {
    const hashes = [];
    for (const testTime of [flip, {}, { testTimeShift: 2 }]) {
      const trainer = smallTrainer(testTime);
      try {
        const before = await trainer.evaluate(images);
        const programs = makePrograms(smallNetwork(), images, testTime);
        runProgram(programs, 'evaluate', images, indices, { shards: 13 });
        expect(before?.loss).toBe(programs.batch.losses.subarray(0, 13).reduce((sum, loss) => sum + loss, 0) / 13);
        for await (const _ of trainer.fit(images, { epochs: 1 }));
        hashes.push(trainer.weightsHash());
      } finally {
        await trainer.close();
      }
    }
    expect(new Set(hashes).size).toBe(1);
  });
});
