import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { loadSafetensors, saveSafetensors } from '../../src/formats/modelFile.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-model-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('loadSafetensors', () => {
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
    await expect(loadSafetensors(file)).rejects.toMatchObject({ name: 'HeddleError', code });
    await expect(loadSafetensors(file)).rejects.toThrow(message);
    await expect(loadSafetensors(file)).rejects.toThrow(file);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });
});

describe('saveSafetensors', () => {
  it('writes views in row-major order, and what was loaded again, with metadata and format pt', async () => {
    const file = path.join(folder, 'saved');
    const view = ndarray(Float32Array.of(0, 1, 2, 3, 4, 5), [3, 2], [1, 3]);
    await saveSafetensors(file, new Map([['w', view]]), { note: 'x' });
    const loaded = await loadSafetensors(file);
    expect(loaded.tensors).toEqual(new Map([['w', { shape: [3, 2], data: Float32Array.of(0, 3, 1, 4, 2, 5) }]]));
    expect(Object.fromEntries(loaded.metadata)).toEqual({ format: 'pt', note: 'x' });
    await saveSafetensors(file, loaded.tensors);
    expect((await loadSafetensors(file)).tensors).toEqual(loaded.tensors);
  });

  it('takes what loadSafetensors gives, tensors and metadata, to the same bytes, and objects of the same', async () => {
    const [first, second, third] = ['first', 'second', 'third'].map((name) => path.join(folder, name));
    const tensors = { w: { shape: [2], data: Float32Array.of(1, 2) }, n: { shape: [], data: BigInt64Array.of(3n) } };
    await saveSafetensors(first, tensors, { mean: '0.5', std: '1', format: 'np' });
    const loaded = await loadSafetensors(first);
    expect(loaded.tensors).toEqual(new Map(Object.entries(tensors)));
    expect(Object.fromEntries(loaded.metadata)).toEqual({ format: 'np', mean: '0.5', std: '1' });
    await saveSafetensors(second, loaded.tensors, loaded.metadata);
    await saveSafetensors(third, Object.fromEntries(loaded.tensors), Object.fromEntries(loaded.metadata));
    const bytes = await readFile(first);
    expect([await readFile(second), await readFile(third)]).toEqual([bytes, bytes]);
  });

  it('refuses a whole file for tensors as ARGUMENT, and writes nothing', async () => {
    const file = path.join(folder, 'unwritten');
    const loaded = { tensors: new Map(), metadata: new Map() };
    await expect(saveSafetensors(file, loaded as never)).rejects.toMatchObject({
      code: 'ARGUMENT',
      message: expect.stringContaining('file.tensors'),
    });
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a folder that is not there as FILE, and a tensor that is not whole as SHAPE with the older file kept', async () => {
    const tensors = new Map([['w', { shape: [1], data: Float32Array.of(7) }]]);
    const missing = path.join(folder, 'no', 'file');
    await expect(saveSafetensors(missing, tensors)).rejects.toMatchObject({
      code: 'FILE',
      message: expect.stringContaining(missing),
    });
    const file = path.join(folder, 'kept');
    await saveSafetensors(file, tensors);
    const wrong = new Map([['w', { shape: [2], data: Float32Array.of(1) }]]);
    await expect(saveSafetensors(file, wrong)).rejects.toMatchObject({ code: 'SHAPE' });
    expect((await loadSafetensors(file)).tensors).toEqual(tensors);
  });
});
