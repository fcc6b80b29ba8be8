import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DataOptions, imageFolder } from '../../../dist/node.js';
import { colourPng, greyPng, several, writeFiles } from '../../support/drawnPictures.js';

let folder: string;
let made = 0;
const make = (files: Readonly<Record<string, Uint8Array | string>>) => writeFiles(join(folder, `${made++}`), files);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-cache-'));
});
afterAll(() => rm(folder, { recursive: true }));

const red = colourPng(48, 40, [200, 30, 20]);
const grey = greyPng(20, 90, 77);

describe('imageFolder with a cacheFolder', () => {
  const setUp = async () => {
    const dir = await make({ ...several(12, 'a/', red), ...several(12, 'b/', grey), 'b/bad.png': 'x' });
    const cacheFolder = join(folder, `cache${made}`, 'below');
    const decodedNow = async (options: DataOptions = {}) => {
      let decoded = false;
      const onProgress = () => {
        decoded = true;
      };
      const data = await imageFolder(dir, { imageSize: 8, cacheFolder, onProgress, ...options });
      return { decoded, data };
    };
    return { dir, cacheFolder, decodedNow, files: () => readdir(cacheFolder) };
  };

  it('a second start decodes nothing and gives the same, also with another seed, which would decode the same', async () => {
    const { dir, decodedNow, files } = await setUp();
    const first = await decodedNow();
    expect(first.decoded).toBe(true);
    expect(await decodedNow()).toEqual({ ...first, decoded: false });
    const other = await decodedNow({ seed: 5 });
    expect(other).toEqual({ decoded: false, data: await imageFolder(dir, { imageSize: 8, seed: 5 }) });
    expect(other.data.files).not.toEqual(first.data.files);
    expect(await files()).toHaveLength(1);
  });

  it('other pictures, dates or options decode anew, in the place of what was kept', async () => {
    const { dir, decodedNow, files } = await setUp();
    await decodedNow();
    await writeFile(join(dir, 'a/new.png'), grey);
    expect(await decodedNow()).toMatchObject({ decoded: true, data: { train: { count: 20 } } });
    await utimes(join(dir, 'a/new.png'), 1, 1);
    expect((await decodedNow()).decoded).toBe(true);
    expect((await decodedNow({ imageSize: 9 })).decoded).toBe(true);
    expect((await decodedNow({ imageSize: 9 })).decoded).toBe(false);
    expect(await files()).toHaveLength(1);
  });

  it('a file that is damaged anywhere, or none, is not used but replaced', async () => {
    const { cacheFolder, decodedNow, files } = await setUp();
    const { data } = await decodedNow();
    const path = join(cacheFolder, (await files())[0]);
    const bytes = await readFile(path);
    for (const damaged of [
      bytes.subarray(0, 500),
      Buffer.from('x'),
      bytes.fill(1, bytes.length - 1000, bytes.length - 999),
    ]) {
      await writeFile(path, damaged);
      expect(await decodedNow()).toEqual({ decoded: true, data });
      expect((await decodedNow()).decoded).toBe(false);
    }
  });

  it('where it cannot write, the data are there all the same, and it says why', async () => {
    const { dir, decodedNow } = await setUp();
    const { data } = await decodedNow({ cacheFolder: join(dir, 'a/0.png', 'below') });
    expect(data).toMatchObject({ train: { count: 20 }, notKept: expect.stringMatching(/ENOTDIR|EEXIST/) });
    expect((await stat(join(dir, 'a/0.png'))).isFile()).toBe(true);
  });
});
