import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { type DataOptions, imageFolder, readImage, transformImage } from 'heddle/node';
import jpeg from 'jpeg-js';
import { joinChunks } from '../checks/fuzz/png.js';

// How fast a folder of pictures loads: 10,000 of 64×64, colour, half PNG and half JPEG, made in a temporary folder, the first
// time, on all cores and on one, and from the cache. Some of the inputs are held against what this thread makes of their files.
//   npm run bench:decode

const [CLASSES, PICTURES, SIDE] = [10, 10_000, 64];
/** To draw them takes longer than to decode them. */
const DIFFERENT = 200;
const CHECKED = 100;

/** A disc on a gradient, with noise, so that files are about as large as photographs of this size. */
function draw(picture: number): Uint8Array {
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  const [centre, radius] = [20 + (picture % 24), 8 + (picture % 13)];
  let noise = picture + 1;
  for (let p = 0; p < SIDE * SIDE; p++) {
    const [x, y] = [p % SIDE, Math.floor(p / SIDE)];
    const inside = (x - centre) ** 2 + (y - centre) ** 2 < radius ** 2;
    for (let channel = 0; channel < 3; channel++) {
      noise = (Math.imul(noise, 1664525) + 1013904223) | 0;
      const level = inside ? 40 + 20 * ((picture + channel) % CLASSES) : 2 * x + y;
      pixels[3 * p + channel] = level + ((noise >>> 24) % 16);
    }
  }
  return pixels;
}

function pngFile(pixels: Uint8Array): Uint8Array {
  const header = Buffer.of(0, 0, 0, SIDE, 0, 0, 0, SIDE, 8, 2, 0, 0, 0);
  const rows = Array.from({ length: SIDE }, (_, y) => [
    Buffer.of(0),
    pixels.subarray(3 * SIDE * y, 3 * SIDE * (y + 1)),
  ]);
  return joinChunks([
    ['IHDR', header],
    ['IDAT', deflateSync(Buffer.concat(rows.flat()))],
    ['IEND', Buffer.of()],
  ]);
}

/** One in colour, a PNG file or a JPEG file by turns of ten. */
function pictureFile(picture: number): { ending: string; content: Uint8Array } {
  const data = draw(picture);
  if (picture % 20 < 10) return { ending: 'png', content: pngFile(data) };
  const rgba = new Uint8Array(SIDE * SIDE * 4).fill(255);
  for (let p = 0; p < SIDE * SIDE; p++) rgba.set(data.subarray(3 * p, 3 * p + 3), 4 * p);
  return { ending: 'jpg', content: jpeg.encode({ width: SIDE, height: SIDE, data: rgba }, 85).data };
}

async function makePictures(folder: string): Promise<void> {
  const different = Array.from({ length: DIFFERENT }, (_, picture) => pictureFile(picture));
  for (let name = 0; name < CLASSES; name++) await mkdir(join(folder, `${name}`));
  for (let picture = 0; picture < PICTURES; picture++) {
    const { ending, content } = different[picture % DIFFERENT];
    await writeFile(join(folder, `${picture % CLASSES}`, `${picture}.${ending}`), content);
  }
}

async function load(folder: string, title: string, options: DataOptions) {
  const start = performance.now();
  const loaded = await imageFolder(folder, options);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${title.padEnd(34)} ${seconds.toFixed(2)} s, ${(PICTURES / seconds).toFixed(0).padStart(6)} pictures/s`);
  return loaded;
}

async function check(
  folder: string,
  { train, files, transform }: Awaited<ReturnType<typeof imageFolder>>,
): Promise<void> {
  const size = 3 * SIDE * SIDE;
  for (let sample = 0; sample < train.count; sample += Math.floor(train.count / CHECKED)) {
    const { pixels } = transformImage(await readImage(join(folder, files?.train[sample] ?? '')), transform);
    if (Buffer.compare(pixels, train.inputs.subarray(sample * size, (sample + 1) * size) as Uint8Array) !== 0)
      throw new Error(`${files?.train[sample]} has other pixels on this thread`);
  }
}

const folder = await mkdtemp(join(tmpdir(), 'heddle-decode-'));
try {
  await makePictures(folder);
  const cacheFolder = join(folder, '.cache');
  const first = await load(folder, `first time, ${availableParallelism()} workers`, { cacheFolder });
  await check(folder, first);
  await check(folder, await load(folder, 'from the cache', { cacheFolder }));
  await check(folder, await load(folder, 'one worker, no cache', { workers: 1 }));
} finally {
  await rm(folder, { recursive: true });
}
