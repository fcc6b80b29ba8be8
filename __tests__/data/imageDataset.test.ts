import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { batches } from '../../src/data/batches.js';
import {
  checkDataset,
  firstSamples,
  type ImageDataset,
  imageDataset,
  pixelStatistics,
  randomSplit,
} from '../../src/data/imageDataset.js';
import { loadMnistFolder } from '../../src/data/mnist/mnistFolder.js';
import { fashionMnistClasses } from '../../src/fashionMnist/classes.js';
import { decodeNpy, encodeNpy } from '../../src/formats/npy.js';
import { thrown } from '../support/thrown.js';

const fashion = path.join(import.meta.dirname, '../../data/fashion-mnist');

function shared(bytes: number[]): Uint8Array<SharedArrayBuffer> {
  const data = new Uint8Array(new SharedArrayBuffer(bytes.length));
  data.set(bytes);
  return data;
}

/** Two-channel images of 1×2 pixels. */
function tiny(pixels: number[]): ImageDataset {
  const count = pixels.length / 4;
  const labels = shared(Array.from({ length: count }, (_, i) => i));
  return { images: shared(pixels), labels, count, channels: 2, height: 1, width: 2 };
}

describe('firstSamples', () => {
  const dataset = tiny([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

  it('is a view of the first samples, with all of their channels', () => {
    const first = firstSamples(dataset, 2);
    expect([...first.images]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...first.labels]).toEqual([0, 1]);
    expect(first).toMatchObject({ count: 2, channels: 2, height: 1, width: 2 });
    expect(first.images.buffer).toBe(dataset.images.buffer);
    expect(first.labels.buffer).toBe(dataset.labels.buffer);
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
  dataset.labels.set(dataset.labels.map((_, i) => 255 - i));
  const numbersOf = ({ images, count }: ImageDataset) => Array.from({ length: count }, (_, i) => images[4 * i]);

  it('gives 150 and 50 of 200 images, each in one of both, in their order, with their channels and labels', () => {
    const parts = randomSplit(dataset, 50);
    expect(parts.map(({ count }) => count)).toEqual([150, 50]);
    const numbers = parts.map(numbersOf);
    expect(numbers.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    for (const [i, part] of parts.entries()) {
      expect(part).toMatchObject({ channels: 2, height: 1, width: 2 });
      expect(numbers[i]).toEqual([...numbers[i]].sort((a, b) => a - b));
      expect([...part.images]).toEqual(numbers[i].flatMap((number) => [number, number, number, number]));
      expect([...part.labels]).toEqual(numbers[i].map((number) => 255 - number));
    }
  });

  it('gives copies in shared memory, which leave the data set as it is', () => {
    const before = [...dataset.images];
    for (const { images, labels } of randomSplit(dataset, 50)) {
      expect([images.buffer, labels.buffer].every((buffer) => buffer instanceof SharedArrayBuffer)).toBe(true);
      images.fill(0);
      labels.fill(0);
    }
    expect([...dataset.images]).toEqual(before);
    expect(dataset.labels[3]).toBe(252);
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

describe('imageDataset', () => {
  const values = [0, 1, 254, 255, 7, 8, 9, 10];
  const wide = BigInt64Array.from(values, BigInt);

  it.each<[string, Parameters<typeof imageDataset>[0], Parameters<typeof imageDataset>[1]]>([
    [
      'lists',
      [
        [
          [0, 1],
          [254, 255],
        ],
        [
          [7, 8],
          [9, 10],
        ],
      ],
      [3, 255],
    ],
    ['64-bit integers', { shape: [2, 2, 2], data: wide }, BigInt64Array.of(3n, 255n)],
    ['unsigned ones', { shape: [2, 2, 2], data: BigUint64Array.from(wide) }, BigUint64Array.of(3n, 255n)],
    [
      'lists of bigints',
      [
        [
          [0n, 1n],
          [254n, 255n],
        ],
        [
          [7n, 8n],
          [9n, 10n],
        ],
      ],
      [3n, 255n],
    ],
    [
      'what decodeNpy gives of int64',
      decodeNpy(encodeNpy({ shape: [2, 2, 2], data: wide })),
      decodeNpy(encodeNpy({ shape: [2], data: BigInt64Array.of(3n, 255n) })),
    ],
    ['a view of labels with a stride', { shape: [2, 2, 2], data: values }, ndarray([9, 3, 9, 255], [2], [2], 1)],
    ['buffers of bytes', { shape: [2, 2, 2], data: Uint8Array.from(values).buffer }, Uint8Array.of(3, 255).buffer],
  ])('takes %s', (_, images, labels) => {
    const dataset = imageDataset(images, labels);
    expect(dataset).toMatchObject({ count: 2, channels: 1, height: 2, width: 2 });
    expect([[...dataset.images], [...dataset.labels]]).toEqual([values, [3, 255]]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'a pixel of 256n',
      () => imageDataset([[[0n, 256n]]], [0]),
      'pixel 1 is 256; expected a whole number from 0 to 255',
    ],
    ['a pixel of 2^60', () => imageDataset([[[2n ** 60n]]], [0]), 'the images tensor[0][0][0] is 1152921504606846976'],
    ['a label of -1n', () => imageDataset([[[0]]], BigInt64Array.of(-1n)), 'label 0 is -1; expected a whole number'],
    ['a label of 2^63', () => imageDataset([[[0]]], BigUint64Array.of(2n ** 63n)), 'number 0 of the labels is 9223372'],
    ['labels of two axes', () => imageDataset([[[0]]], { shape: [1, 1], data: [0] }), 'the labels have shape [1, 1]'],
    ['null for labels', () => imageDataset([[[0]]], null as never), 'the labels are null; expected a list'],
    ['null for images', () => imageDataset(null as never, [0]), 'the images tensor is null'],
  ])('refuses %s', (_, make, message) => {
    expect(thrown(make)).toContain(`SHAPE: ${message}`);
  });
});

it('a data set of one’s own making with 64-bit labels is refused, with what makes a right one', () => {
  const dataset = { ...tiny([1, 2, 3, 4]), labels: BigInt64Array.of(0n) as never };
  const message = /^ARGUMENT: the data set's labels: expected a Uint8Array, found BigInt64Array\. .*imageDataset\(/;
  expect(thrown(() => batches(dataset, { batchSize: 1 }))).toMatch(message);
  expect(thrown(() => checkDataset(dataset, [2, 1, 2], 10))).toMatch(message);
});

describe('pixelStatistics', () => {
  it('gives mean and population deviation of pixels/255, to 15 digits', () => {
    const { mean, std } = pixelStatistics(tiny([0, 255, 51, 102]));
    expect(mean).toBeCloseTo(0.4, 15);
    expect(std).toBeCloseTo(Math.sqrt(0.14), 15);
  });

  it.each([0, 77, 255])('gives a deviation of exactly 0 when every pixel is %d', (value) => {
    expect(pixelStatistics(tiny([value, value, value, value]))).toEqual({ mean: value / 255, std: 0 });
  });

  it("gives Fashion-MNIST's training set 0.2860 and 0.3530", async () => {
    const { mean, std } = pixelStatistics(await loadMnistFolder(fashion, 'train'));
    expect(mean.toFixed(4)).toBe('0.2860');
    expect(std.toFixed(4)).toBe('0.3530');
  });
});

describe('loadMnistFolder', () => {
  let folder: string;
  const images = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 3, ...Array(30).keys()]);
  const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 4, 200]);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-mnist-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function fill(name: string, files: Record<string, Uint8Array>): Promise<string> {
    const target = path.join(folder, name);
    await mkdir(target);
    for (const [file, content] of Object.entries(files)) await writeFile(path.join(target, file), content);
    return target;
  }

  it('loads the 10,000 test images of Fashion-MNIST; the first is an ankle boot', async () => {
    const dataset = await loadMnistFolder(fashion, 'test');
    expect(dataset).toMatchObject({ count: 10_000, channels: 1, height: 28, width: 28 });
    expect(fashionMnistClasses).toHaveLength(10);
    expect(fashionMnistClasses[dataset.labels[0]]).toBe('Ankle boot');
  });

  it.each<[string, 'train' | 'test', Record<string, Uint8Array>]>([
    ['plain', 'train', { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels }],
    ['gz', 'test', { 't10k-images-idx3-ubyte.gz': gzipSync(images), 't10k-labels-idx1-ubyte.gz': gzipSync(labels) }],
    ['dotted', 'test', { 't10k-images.idx3-ubyte': images, 't10k-labels.idx1-ubyte': labels }],
    ['mixed', 'train', { 'train-images.idx3-ubyte.gz': gzipSync(images), 'train-labels-idx1-ubyte': labels }],
  ])('loads 2 images of 5×3, files named %s, and leaves labels above 9 to the caller', async (name, split, files) => {
    const dataset = await loadMnistFolder(await fill(name, files), split);
    expect(dataset).toMatchObject({ count: 2, channels: 1, height: 5, width: 3 });
    expect([...dataset.images]).toEqual([...Array(30).keys()]);
    expect([...dataset.labels]).toEqual([4, 200]);
  });

  it('passes over a folder that has the name of a file', async () => {
    const target = await fill('nested', { 'train-images.idx3-ubyte': images, 'train-labels-idx1-ubyte': labels });
    await mkdir(path.join(target, 'train-images-idx3-ubyte'));
    expect((await loadMnistFolder(target, 'train')).count).toBe(2);
  });

  it('refuses 2 images with 1 label', async () => {
    const one = Buffer.from([0, 0, 8, 1, 0, 0, 0, 1, 4]);
    const target = await fill('mismatch', { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': one });
    await expect(loadMnistFolder(target, 'train')).rejects.toMatchObject({
      code: 'FORMAT',
      message: expect.stringMatching(/expected 2 labels.*found 1\b/),
    });
  });

  it.each<[string, () => Promise<string>, string]>([
    ['missing folder', async () => path.join(folder, 'nowhere'), 'train-images-idx3-ubyte.gz'],
    ['empty folder', () => fill('empty', {}), 'train-images-idx3-ubyte.gz'],
    ['folder without labels', () => fill('half', { 'train-images-idx3-ubyte': images }), 'train-labels-idx1-ubyte.gz'],
  ])('names a %s, the file looked for, and the advice that it was given', async (_title, make, file) => {
    const target = await make();
    const error = await loadMnistFolder(target, 'train', 'Look in the attic.').catch((reason) => reason);
    expect(error).toMatchObject({ name: 'HeddleError', code: 'FILE' });
    for (const text of [target, file, 'Look in the attic.']) {
      expect(error.message).toContain(text);
    }
  });
});
