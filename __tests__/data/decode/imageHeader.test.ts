import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { jpegFiles } from '../../../benchmarks/checks/fuzz/jpegFiles.js';
import { joinChunks, pngChunks } from '../../../benchmarks/checks/fuzz/png.js';
import { readImageHeader } from '../../../src/data/decode/imageHeader.js';
import { greyPng, slopeJpeg } from '../../support/pictures.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-header-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function headerOf(content: Uint8Array) {
  const path = join(folder, 'picture');
  await writeFile(path, content);
  return readImageHeader(path);
}

const kinds = [0, 2, 4, 6] as const;
it.each(kinds)('of a PNG file of colour type %d', async (colourType) => {
  const samples = Array(3 * 2 * [1, 0, 3, 0, 2, 0, 4][colourType]).fill(9);
  const file = joinChunks(pngChunks({ width: 3, height: 2, colourType, depth: 8, samples }));
  expect(await headerOf(file)).toEqual({ width: 3, height: 2, channels: colourType === 0 || colourType === 4 ? 1 : 3 });
});

it.each([
  ['greys', [7, 7, 7], 1],
  ['a colour', [7, 7, 8], 3],
] as const)('of a PNG file with a palette of %s, behind 100 kB of text', async (_, last, channels) => {
  const picture = { width: 1, height: 1, colourType: 3, depth: 8, samples: [1], palette: [[0, 0, 0], last] } as const;
  const [header, ...others] = pngChunks(picture);
  const text = ['tEXt', new Uint8Array(100_000)] as const;
  expect(await headerOf(joinChunks([header, text, text, ...others]))).toEqual({ width: 1, height: 1, channels });
});

it.each([0, 1, 2])('of JPEG file %d (progressive, grey, without Huffman tables)', async (i) => {
  expect(await headerOf(jpegFiles[i].bytes)).toEqual({ width: 20, height: 17, channels: i === 1 ? 1 : 3 });
});

it('of a JPEG file behind 300 kB of other segments', async () => {
  const jpeg = slopeJpeg(30, 20);
  const segment = Buffer.alloc(65_537);
  segment.set([0xff, 0xe2, 0xff, 0xff]);
  const file = Buffer.concat([jpeg.subarray(0, 2), ...Array(5).fill(segment), Buffer.of(0xff, 0xff), jpeg.subarray(2)]);
  expect(await headerOf(file)).toEqual({ width: 30, height: 20, channels: 3 });
});

it('there is none in an empty file, text, or what is cut off before it', async () => {
  const [png, jpeg] = [greyPng(3, 3, 3), slopeJpeg(30, 20)];
  for (const content of [Buffer.of(), Buffer.from('text'), png.subarray(0, 25), jpeg.subarray(0, 100)])
    expect(await headerOf(content)).toBeUndefined();
});
