import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pngFile } from '../../../benchmarks/checks/fuzz/png.js';
import { readImage } from '../../../src/data/decode/decodeImage.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-image-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('reads an image by its content, whatever its name', async () => {
  const path = join(folder, 'coat.jpg');
  await writeFile(path, pngFile({ width: 2, height: 1, colourType: 0, depth: 8, samples: [1, 2] }));
  expect(await readImage(path)).toEqual({ width: 2, height: 1, channels: 1, pixels: Uint8Array.of(1, 2) });
});

it.each<[string, string, (path: string) => Promise<unknown>, string]>([
  ['a missing file', 'FILE', async () => {}, 'no such file'],
  ['text', 'FORMAT', (path) => writeFile(path, 'text'), '74 65 78 74'],
  [
    'one byte more than 64 MiB',
    'FORMAT',
    (path) => writeFile(path, '').then(() => truncate(path, 2 ** 26 + 1)),
    '67108865',
  ],
])('refuses %s with %s, naming it', async (name, code, make, part) => {
  const path = join(folder, name);
  await make(path);
  await expect(readImage(path)).rejects.toMatchObject({ code, message: expect.stringContaining(part) });
  await expect(readImage(path)).rejects.toMatchObject({ message: expect.stringContaining(path) });
});

it('refuses a folder with FILE', async () => {
  await expect(readImage(folder)).rejects.toMatchObject({
    code: 'FILE',
    message: expect.stringContaining('regular file'),
  });
});
