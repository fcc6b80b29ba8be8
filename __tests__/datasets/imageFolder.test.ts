import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jpegFiles } from '../../benchmarks/checks/fuzz/jpegFiles.js';
import { type DataOptions, imageFolder, readImage, transformImage } from '../../dist/node.js';
import { colourPng, greyPng, several, writeFiles } from '../support/drawnPictures.js';

let folder: string;
let made = 0;
const make = (files: Readonly<Record<string, Uint8Array | string>>) => writeFiles(join(folder, `${made++}`), files);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-folder-'));
});
afterAll(() => rm(folder, { recursive: true }));

const red = colourPng(48, 40, [200, 30, 20]);
const grey = greyPng(20, 90, 77);

/** A PNG file that says so of its size. */
function pngOfSize(width: number, height: number): Uint8Array {
  const bytes = Buffer.from(grey);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

const refused = async (dir: string, code: string, part: string, options: DataOptions = {}) => {
  const error = await imageFolder(dir, options).catch((thrown) => thrown);
  expect(error).toMatchObject({ name: 'HeddleError', code, message: expect.stringContaining(part) });
  expect(error.message).not.toContain('\n');
};

describe('the layout of a folder', () => {
  it('is a folder a class with PNG and JPEG files at any depth; what is hidden or no picture is passed over', async () => {
    const dir = await make({
      ...several(3, 'dog/p', grey),
      'cat/deep/er/a.JPG': jpegFiles[0].bytes,
      'cat/b.jpeg': jpegFiles[0].bytes,
      'cat/notes.txt': 'x',
      'cat/.c.png': red,
      'cat/__MACOSX/d.png': red,
      'loose.png': red,
      '.hidden/e.png': red,
    });
    const { kind, classes, files, train, test, otherFiles, unreadable, sizes } = await imageFolder(dir);
    expect({ kind, classes, otherFiles, unreadable }).toEqual({
      kind: 'a folder of pictures',
      classes: ['cat', 'dog'],
      otherFiles: 2,
      unreadable: [],
    });
    const all = ['cat/b.jpeg', 'cat/deep/er/a.JPG', 'dog/p0.png', 'dog/p1.png', 'dog/p2.png'];
    expect([...(files?.train ?? []), ...(files?.test ?? [])].sort()).toEqual(all);
    for (const [part, names] of [
      [train, files?.train],
      [test, files?.test],
    ] as const)
      expect([...part.targets]).toEqual(names?.map((name) => Number(name.startsWith('dog'))));
    expect(sizes).toEqual({ smallest: [20, 17], median: [20, 90], largest: [20, 90] });
  });

  it.each(['test', 'val', 'valid', 'validation'])(
    'may be train/CLASS and %s/CLASS, which need not have all classes',
    async (name) => {
      const dir = await make({
        ...several(2, 'train/a/', grey),
        ...several(1, 'train/b/', grey),
        ...several(3, `${name}/b/x`, grey),
      });
      const { files, test } = await imageFolder(dir);
      expect(files).toEqual({
        train: ['train/a/0.png', 'train/a/1.png', 'train/b/0.png'],
        test: [`${name}/b/x0.png`, `${name}/b/x1.png`, `${name}/b/x2.png`],
      });
      expect([...test.targets]).toEqual([1, 1, 1]);
    },
  );

  it('of 10 + 5 + 1 pictures holds 2 + 1 + 0 out, by names and seed: not by dates, contents or workers', async () => {
    const files = { ...several(10, 'a/', grey), ...several(5, 'b/', grey), ...several(1, 'c/', grey) };
    const [dir, other] = [await make(files), await make({ ...files, 'a/3.png': red })];
    const first = await imageFolder(dir, { seed: 7 });
    expect([0, 1, 2].map((label) => first.test.targets.filter((target) => target === label).length)).toEqual([2, 1, 0]);
    expect((await imageFolder(other, { seed: 7, workers: 3 })).files).toEqual(first.files);
    expect((await imageFolder(dir, { seed: 8 })).files).not.toEqual(first.files);
    expect((await imageFolder(dir, { testShare: 0.99 })).train.count).toBe(3);
  });

  it('takes the numbers of a model’s classes, and fewer classes than it has, one if need be', async () => {
    const dir = await make(several(4, 'cat/', grey));
    const { classes, train } = await imageFolder(dir, { classes: ['dog', 'bird', 'cat'] });
    expect(classes).toEqual(['dog', 'bird', 'cat']);
    expect([...train.targets]).toEqual([2, 2, 2]);
    await refused(dir, 'ARGUMENT', "'cat', which is none of the model's classes: dog, bird", {
      classes: ['dog', 'bird'],
    });
  });

  it('may have links to pictures and folders, and to nothing; those back to itself are not followed, pipes and devices not opened', async () => {
    const dir = await make({ ...several(2, 'a/', grey), ...several(2, 'b/', grey) });
    await symlink('..', join(dir, 'a/up'));
    await symlink('../..', join(dir, 'a/above'));
    await symlink('.', join(dir, 'a/self'));
    await writeFiles(dir, { '.elsewhere/2.png': grey });
    await symlink('../.elsewhere', join(dir, 'b/elsewhere'));
    await symlink('../b/0.png', join(dir, 'a/z.png'));
    await symlink('nothing.png', join(dir, 'a/broken.png'));
    await symlink('/dev/zero', join(dir, 'a/zero.png'));
    await symlink('../pipe', join(dir, 'a/pipe.png'));
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    const { files, unreadable, otherFiles } = await imageFolder(dir);
    const names = [...(files?.train ?? []), ...(files?.test ?? [])];
    expect(names.sort()).toEqual(['a/0.png', 'a/1.png', 'a/z.png', 'b/0.png', 'b/1.png', 'b/elsewhere/2.png']);
    expect(unreadable).toEqual([{ file: 'a/broken.png', reason: expect.stringContaining('ENOENT') }]);
    expect(otherFiles).toBe(3);
  });
});

describe('the pictures', () => {
  it('40 of them have the bits of readImage and transformImage, with 1 worker as with 3; progress ends with all', async () => {
    const dir = await make({
      ...several(20, 'a/', red),
      ...several(19, 'b/', grey),
      'b/slope.jpg': jpegFiles[0].bytes,
    });
    const progress: (readonly [number, number])[] = [];
    const loaded = [1, 3].map((workers) =>
      imageFolder(dir, { workers, imageSize: 24, onProgress: (...counts) => progress.push(counts) }),
    );
    const [{ train, test, files, transform }, other] = await Promise.all(loaded);
    expect(transform).toEqual({ type: 'resizeCrop', channels: 3, resize: 24, crop: [24, 24] });
    expect([other.train.inputs, other.test.inputs, other.files]).toEqual([train.inputs, test.inputs, files]);
    expect(progress.filter(([done, total]) => done === 40 && total === 40)).toHaveLength(2);
    for (const [part, names] of [
      [train, files?.train],
      [test, files?.test],
    ] as const)
      for (const [i, name] of (names ?? []).entries()) {
        const { pixels } = transformImage(await readImage(join(dir, name)), transform);
        expect(
          Buffer.compare(
            new Uint8Array(part.inputs.buffer, part.inputs.byteOffset + i * pixels.length, pixels.length),
            pixels,
          ),
        ).toBe(0);
      }
  });

  it.each<[string, [number, number], object, readonly number[]]>([
    ['grey, 20×90: 32, the least', [20, 90], {}, [1, 32, 32]],
    ['grey, 43×90: 40, the multiple of 8 beside 43', [43, 90], {}, [1, 40, 40]],
    ['grey, 300×200: 64, the most', [300, 200], {}, [1, 64, 64]],
    ['grey, with imageSize 20 and channels 3', [43, 90], { imageSize: 20, channels: 3 }, [3, 20, 20]],
    ['grey, with lightOnDark', [43, 90], { transform: { type: 'lightOnDark', height: 28, width: 28 } }, [1, 28, 28]],
  ])('%s, become inputs of their shape', async (_, [width, height], options, shape) => {
    const dir = await make({
      ...several(2, 'a/', greyPng(width, height, 9)),
      ...several(2, 'b/', greyPng(width, height, 99)),
    });
    expect((await imageFolder(dir, options)).train.shape).toEqual(shape);
  });

  it('one in colour among greys makes all of three channels, the greys of three equal ones', async () => {
    const { train, files } = await imageFolder(
      await make({ ...several(3, 'a/', grey), ...several(3, 'b/', grey), 'a/z.png': red }),
      { imageSize: 1 },
    );
    const pixel = (i: number) => [...train.inputs.subarray(3 * i, 3 * i + 3)];
    for (const [i, name] of (files?.train ?? []).entries())
      expect(pixel(i)).toEqual(name === 'a/z.png' ? [200, 30, 20] : [77, 77, 77]);
  });

  it('5 of 16 that cannot be read are named, with a reason, and left out, and the others keep their pixels', async () => {
    const dir = await make({
      ...several(6, 'a/x', red),
      ...several(5, 'b/y', grey),
      'a/0.png': red.subarray(0, 60),
      'a/1.jpg': '<html>',
      'b/0.png': '',
      'b/1.png': pngOfSize(30_000, 30_000),
    });
    await symlink('nothing', join(dir, 'b/2.png'));
    const { train, test, files, unreadable } = await imageFolder(dir, { imageSize: 1, channels: 3 });
    expect(unreadable).toEqual([
      { file: 'a/0.png', reason: expect.stringContaining('cut short') },
      { file: 'a/1.jpg', reason: expect.stringContaining('a web page') },
      { file: 'b/0.png', reason: expect.stringContaining('an empty file') },
      { file: 'b/1.png', reason: expect.stringContaining('30000×30000') },
      { file: 'b/2.png', reason: 'ENOENT: no such file or directory' },
    ]);
    expect(train.count + test.count).toBe(11);
    const reds = (files?.train ?? []).map((name) => (name.startsWith('a/') ? 200 : 77));
    expect([...train.inputs].filter((_, i) => i % 3 === 0)).toEqual(reds);
  });
});

describe('what ends in one line', () => {
  it.each<[string, Readonly<Record<string, Uint8Array | string>>, string]>([
    ['an empty folder', {}, 'found no folder and 0 files'],
    ['pictures without folders', several(3, '', grey), 'found no folder and 3 files'],
    ['one class', several(3, 'flowers/', grey), "found one alone, 'flowers'"],
    ['a folder around the classes', { ...several(2, 'in/a/', grey), ...several(2, 'in/b/', grey) }, '/in.'],
    [
      'a class without pictures',
      { ...several(2, 'a/', grey), 'b/x.gif': 'GIF89a' },
      "found none in 'b' (1 files of other kinds",
    ],
    ['one picture of each class', { 'a/0.png': grey, 'b/0.png': grey }, 'to hold one out for a test'],
    [
      'a class that is in test alone',
      { ...several(2, 'train/a/', grey), ...several(2, 'train/b/', grey), 'test/c/0.png': grey },
      "found 'c'",
    ],
    [
      'no picture in test',
      { ...several(2, 'train/a/', grey), ...several(2, 'train/b/', grey), 'test/a/x.txt': '' },
      'for tests; found none',
    ],
    [
      '6 unreadable pictures of 50',
      { ...several(44, 'a/', grey), ...several(6, 'b/', 'x') },
      "found 6 among 50 that cannot be read, the first 'b/0.png'",
    ],
    ['a class of unreadable pictures', { ...several(9, 'a/', grey), ...several(3, 'b/', 'x') }, "of 'b' to train on"],
  ])('%s is FORMAT', async (_, files, part) => {
    const dir = await make(files);
    await mkdir(dir, { recursive: true });
    await refused(dir, 'FORMAT', part);
  });

  it('no name, no folder and a file are FILE, and names stay in their line', async () => {
    const dir = await make({ ...several(2, 'a/', grey), file: '' });
    await refused('', 'FILE', 'an empty one');
    await refused(join(dir, 'none\n'), 'FILE', 'none\\n: ENOENT');
    await refused(join(dir, 'file'), 'FILE', 'ENOTDIR');
  });

  it('more than memory holds is MEMORY, and says how many fit', async () => {
    const dir = await make({ ...several(1, 'a/', grey), ...several(1, 'b/', grey) });
    const count = Math.ceil(totalmem() / (3 * 4096 ** 2)) + 1;
    await mkdir(join(dir, 'c'));
    for (let i = 0; i < count; i++) await symlink('../a/0.png', join(dir, `c/${i}.png`));
    await refused(dir, 'MEMORY', '--image-size', { imageSize: 4096, channels: 3 });
  });

  it('a signal ends it with its reason, before and meanwhile', async () => {
    const dir = await make({ ...several(100, 'a/', grey), ...several(100, 'b/', grey) });
    await expect(imageFolder(dir, { signal: AbortSignal.abort('early') })).rejects.toBe('early');
    const controller = new AbortController();
    const onProgress = () => controller.abort('late');
    await expect(imageFolder(dir, { signal: controller.signal, onProgress })).rejects.toBe('late');
  });

  it.each<[DataOptions, string]>([
    [{ testShare: 0 }, 'testShare must be above 0 and below 1'],
    [{ workers: 0 }, 'workers'],
    [{ seed: -1 }, 'seed'],
    [{ channels: 2 as 1 }, 'channels must be 1 or 3'],
    [{ imageSize: 5000 }, 'imageSize'],
    [{ classes: ['a', 'a'] }, "found 'a' twice"],
    [{ imageSize: 8, transform: { type: 'lightOnDark', height: 28, width: 28 } }, 'give it or imageSize'],
  ])('the options %j are ARGUMENT', (options, part) => refused(folder, 'ARGUMENT', part, options));
});
