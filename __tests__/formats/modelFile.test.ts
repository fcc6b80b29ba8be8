import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inputNormalization, readModelFile } from '../../src/formats/modelFile.js';

describe('readModelFile', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-model-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function write(name: string, size: number): Promise<string> {
    const file = path.join(folder, name);
    await writeFile(file, '');
    await truncate(file, size);
    return file;
  }

  it.each<[string, () => Promise<string>, string, RegExp]>([
    ['a missing file', async () => path.join(folder, 'missing'), 'FILE', /ENOENT.*Check the path/],
    ['a folder', async () => folder, 'FILE', /regular file/],
    ['a device without end', async () => '/dev/zero', 'FILE', /regular file/],
    ['an empty file', () => write('empty', 0), 'FORMAT', /found 0 bytes/],
    ['a sparse file of 2 GiB, without reading it', () => write('large', 2 ** 31), 'FORMAT', /at most 2147483647 bytes/],
  ])('refuses %s, naming it', async (_title, make, code, message) => {
    const file = await make();
    const before = process.memoryUsage().arrayBuffers;
    await expect(readModelFile(file)).rejects.toMatchObject({ name: 'HeddleError', code });
    await expect(readModelFile(file)).rejects.toThrow(message);
    await expect(readModelFile(file)).rejects.toThrow(file);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });
});

describe('inputNormalization', () => {
  it.each([
    ['0.2860', '0.3530', 0.286, 0.353],
    ['-1e-3', '2E+1', -0.001, 20],
  ])('reads mean %s and std %s', (mean, std, ...values) => {
    const found = inputNormalization(new Map(Object.entries({ mean, std })));
    expect([found.mean, found.std]).toEqual(values);
  });

  it.each<Record<string, string>>([
    { mean: '0.5' },
    { std: '0.5' },
    { mean: '', std: '1' },
    { mean: ' ', std: '1' },
    { mean: '0x10', std: '1' },
    { mean: 'NaN', std: '1' },
    { mean: '1e999', std: '1' },
    { mean: '0', std: '0' },
    { mean: '0', std: '-1' },
    { mean: '0', std: 'Infinity' },
    { mean: '0', std: '1e-400' },
  ])('refuses %j as FORMAT', (metadata) => {
    expect(() => inputNormalization(new Map(Object.entries(metadata)))).toThrow(
      expect.objectContaining({ code: 'FORMAT', message: expect.stringContaining('above 0') }),
    );
  });
});
