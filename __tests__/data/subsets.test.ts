import { describe, expect, it } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.js';
import { firstSamples, randomSplit } from '../../src/data/subsets.js';
import { tensorDataset } from '../../src/data/tensorDataset.js';

/** Two-channel images of 1×2 pixels, of classes from 0 on. */
function tiny(pixels: number[]): Dataset {
  const count = pixels.length / 4;
  return tensorDataset(
    { data: pixels, shape: [count, 2, 1, 2] },
    Uint8Array.from({ length: count }, (_, i) => i),
  );
}

describe('firstSamples', () => {
  const dataset = tiny([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

  it('is a view of the first samples, with all of their channels', () => {
    const first = firstSamples(dataset, 2);
    expect([...first.inputs]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...first.targets]).toEqual([0, 1]);
    expect(first).toMatchObject({ count: 2, shape: [2, 1, 2], targetShape: [] });
    expect(first.inputs.buffer).toBe(dataset.inputs.buffer);
    expect(first.targets.buffer).toBe(dataset.targets.buffer);
  });

  it('takes all 3 of 3', () => {
    expect(firstSamples(dataset, 3)).toEqual(dataset);
  });

  it.each([0, 4, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d of 3', (count) => {
    expect(() => firstSamples(dataset, count)).toThrow(
      expect.objectContaining({ code: 'ARGUMENT', message: expect.stringContaining(`from 1 to 3`) }),
    );
  });
});

describe('randomSplit', () => {
  // Image i is four pixels of i, of class 255 − i.
  const dataset = tiny(Array.from({ length: 4 * 200 }, (_, i) => Math.floor(i / 4)));
  dataset.targets.set(dataset.targets.map((_, i) => 255 - i));
  const numbersOf = ({ inputs, count }: Dataset) => Array.from({ length: count }, (_, i) => inputs[4 * i]);

  it('gives 150 and 50 of 200 images, each in one of both, in their order, with their channels and labels', () => {
    const parts = randomSplit(dataset, 50);
    expect(parts.map(({ count }) => count)).toEqual([150, 50]);
    const numbers = parts.map(numbersOf);
    expect(numbers.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    for (const [i, part] of parts.entries()) {
      expect(part).toMatchObject({ shape: [2, 1, 2], targetShape: [] });
      expect(numbers[i]).toEqual([...numbers[i]].sort((a, b) => a - b));
      expect([...part.inputs]).toEqual(numbers[i].flatMap((number) => [number, number, number, number]));
      expect([...part.targets]).toEqual(numbers[i].map((number) => 255 - number));
    }
  });

  it('gives copies in shared memory, which leave the data set as it is', () => {
    const before = [...dataset.inputs];
    for (const { inputs, targets } of randomSplit(dataset, 50)) {
      expect([inputs.buffer, targets.buffer].every((buffer) => buffer instanceof SharedArrayBuffer)).toBe(true);
      inputs.fill(0);
      targets.fill(0);
    }
    expect([...dataset.inputs]).toEqual(before);
    expect(dataset.targets[3]).toBe(252);
  });

  it('draws by the seed alone, 0 by default', () => {
    const heldOut = (seed?: number) => numbersOf(randomSplit(dataset, 50, seed)[1]);
    expect(heldOut(3)).toEqual(heldOut(3));
    expect(heldOut()).toEqual(heldOut(0));
    expect(heldOut(1)).not.toEqual(heldOut(0));
  });

  it('holds each of 200 images out in a quarter of 400 seeds’ draws of 50, to 5 standard deviations', () => {
    const counts = Array(200).fill(0);
    for (let seed = 0; seed < 400; seed++) for (const i of numbersOf(randomSplit(dataset, 50, seed)[1])) counts[i]++;
    expect(Math.max(...counts.map((count) => Math.abs(count - 100)))).toBeLessThan(5 * Math.sqrt(400 * 0.25 * 0.75));
  });

  it('leaves 1 or takes 1 of 200', () => {
    expect(randomSplit(dataset, 199).map(({ count }) => count)).toEqual([1, 199]);
    expect(randomSplit(dataset, 1).map(({ count }) => count)).toEqual([199, 1]);
  });

  it.each([0, 200, 201, -1, 1.5, Number.NaN])('refuses %d of 200', (count) => {
    expect(() => randomSplit(dataset, count)).toThrow(
      expect.objectContaining({ code: 'ARGUMENT', message: expect.stringMatching(/from 1 to 199\b.*200/) }),
    );
  });
});

it('both keep floats and their targets of any shape', () => {
  const dataset = tensorDataset(
    [[0.5], [1.5], [2.5]],
    [
      [[1], [2]],
      [[3], [4]],
      [[5], [6]],
    ],
    { targets: 'floats' },
  );
  for (const part of [firstSamples(dataset, 2), ...randomSplit(dataset, 1)]) {
    expect(part).toMatchObject({ shape: [1], targetShape: [2, 1] });
    expect([part.inputs, part.targets].map((array) => array.constructor)).toEqual([Float32Array, Float32Array]);
    const places = [...part.inputs].map((value) => value - 0.5);
    expect([...part.targets]).toEqual(places.flatMap((place) => [2 * place + 1, 2 * place + 2]));
  }
});
