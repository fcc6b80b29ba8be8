import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadMnistFolder } from '../../../src/data/mnist/mnistFolder.js';
import { fashionMnistClasses } from '../../../src/datasets/fashionMnistClasses.js';

const fashion = path.join(import.meta.dirname, '../../../data/fashion-mnist');

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
    expect(dataset).toMatchObject({ count: 10_000, shape: [1, 28, 28], targetShape: [] });
    expect(fashionMnistClasses).toHaveLength(10);
    expect(fashionMnistClasses[dataset.targets[0]]).toBe('Ankle boot');
  });

  it.each<[string, 'train' | 'test', Record<string, Uint8Array>]>([
    ['plain', 'train', { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels }],
    ['gz', 'test', { 't10k-images-idx3-ubyte.gz': gzipSync(images), 't10k-labels-idx1-ubyte.gz': gzipSync(labels) }],
    ['dotted', 'test', { 't10k-images.idx3-ubyte': images, 't10k-labels.idx1-ubyte': labels }],
    ['mixed', 'train', { 'train-images.idx3-ubyte.gz': gzipSync(images), 'train-labels-idx1-ubyte': labels }],
  ])('loads 2 images of 5×3, files named %s, and leaves labels above 9 to the caller', async (name, split, files) => {
    const dataset = await loadMnistFolder(await fill(name, files), split);
    expect(dataset).toMatchObject({ count: 2, shape: [1, 5, 3], targetShape: [] });
    expect([...dataset.inputs]).toEqual([...Array(30).keys()]);
    expect([...dataset.targets]).toEqual([4, 200]);
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
