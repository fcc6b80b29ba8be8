import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { openData as openBuilt } from '../../dist/node.js';
import { transformImage } from '../../src/data/transformImage.js';
import { fashionMnistClasses } from '../../src/datasets/fashionMnistClasses.js';
import { openData } from '../../src/datasets/openData.js';
import { folders, idxPair } from '../support/dataFiles.js';
import { greyPng } from '../support/drawnPictures.js';

const folder = folders();
const fashion = join(import.meta.dirname, '../../data/fashion-mnist');
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'opened',
    (error) => `${error.code}: ${error.message}`,
  );

describe('IDX files', () => {
  it('are opened as they are, with numbers for names and MNIST’s transform', async () => {
    const data = await openData(folder({ ...idxPair('train', [0, 2, 11]), ...idxPair('t10k', [1]) }));
    expect(data).toMatchObject({ kind: 'IDX files', transform: { type: 'lightOnDark', height: 2, width: 3 } });
    expect(data.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);
    expect(data.train).toMatchObject({ count: 3, shape: [1, 2, 3], targets: Uint8Array.of(0, 2, 11) });
    expect([...data.train.inputs]).toEqual([0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25]);
    expect([...data.test.targets]).toEqual([1]);
  });

  it('are named by classes.txt beside them, also in the folder raw', async () => {
    const files = {
      ...idxPair('train', [1, 0]),
      ...idxPair('t10k', [1]),
      'classes.txt': '\ufeffcat\r\nbig dog\r\n\r\n',
    };
    const dir = folder(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`raw/${name}`, bytes])));
    expect((await openData(dir)).classes).toEqual(['cat', 'big dog']);
  });

  it('of Fashion-MNIST are known by their labels, wherever they are, and refused in a size for which there is no memory', async () => {
    const copy = join(folder({}), 'copy');
    mkdirSync(copy);
    cpSync(fashion, copy, { recursive: true });
    const data = await openData(copy);
    expect(data).toMatchObject({ kind: 'Fashion-MNIST', classes: fashionMnistClasses, train: { count: 60_000 } });
    expect(data.transform).toEqual({ type: 'lightOnDark', height: 28, width: 28 });
    expect(await failure(openData(copy, { imageSize: 4096 }))).toMatch(/^MEMORY: \S+: 70000 pictures/);
  });

  it('without test files: a fifth of each class is held out, the same for the same seed', async () => {
    const labels = [...Array(10).fill(0), ...Array(5).fill(1)];
    const dir = folder(idxPair('train', labels));
    const [one, again, other] = await Promise.all([0, 0, 1].map((seed) => openData(dir, { seed })));
    expect([...one.test.targets]).toEqual([0, 0, 1]);
    expect(again.test).toEqual(one.test);
    expect(other.test.inputs).not.toEqual(one.test.inputs);
    // The first pixel of an image is 10 times its place.
    const places = [one.train, one.test].flatMap(({ inputs }) => [...inputs].filter((_, i) => i % 6 === 0));
    expect(places.sort((a, b) => a - b)).toEqual(labels.map((_, place) => 10 * place));
  });

  it('of EMNIST are turned upright, and their mapping gives names and numbers from 0 on', async () => {
    const files = {
      ...idxPair('emnist-letters-train', [1, 3]),
      ...idxPair('emnist-letters-test', [2]),
      'emnist-letters-mapping.txt': '1 65 97\n2 66 98\n3 67 99 \n',
    };
    const data = await openData(folder(files));
    expect(data).toMatchObject({ kind: 'EMNIST letters', classes: ['Aa', 'Bb', 'Cc'] });
    // In the file the image is [[0, 1, 2], [3, 4, 5]].
    expect([...data.train.inputs.subarray(0, 6)]).toEqual([0, 3, 1, 4, 2, 5]);
    expect(data.train).toMatchObject({ shape: [1, 3, 2], targets: Uint8Array.of(0, 2) });
    expect([...data.test.targets]).toEqual([1]);
  });

  it('of several splits in one folder are opened by what their names begin with', async () => {
    const dir = folder({
      ...idxPair('gzip/emnist-digits-train', [0, 0]),
      ...idxPair('gzip/emnist-mnist-train', [1, 1, 1]),
    });
    expect(await failure(openData(dir))).toMatch(
      /^FORMAT: \S+gzip: expected one data set; found 2\. Give one of \S+gzip\/emnist-digits, \S+gzip\/emnist-mnist\.$/,
    );
    expect(await openData(join(dir, 'gzip', 'emnist-mnist'))).toMatchObject({
      kind: 'EMNIST mnist',
      train: { count: 2 },
    });
  });
});

describe('a folder of other folders', () => {
  // Worker threads run what is built.
  it('is one of pictures, a folder a class', async () => {
    const picture = (level: number) => greyPng(2, 2, level);
    const files = {
      'cat/1.png': picture(10),
      'cat/2.png': picture(20),
      'dog/a.png': picture(30),
      'dog/b.png': picture(40),
    };
    const data = await openBuilt(folder(files), { imageSize: 2, testShare: 0.5 });
    expect(data).toMatchObject({ kind: 'a folder of pictures', classes: ['cat', 'dog'], train: { count: 2 } });
    expect([...data.test.targets]).toEqual([0, 1]);
  });
});

describe('what is asked for', () => {
  const shapes = { ...idxPair('train', [0, 1, 0, 1]), ...idxPair('t10k', [1, 0]), 'classes.txt': 'cat\ndog' };

  it('a size and channels: other pictures would become the same, sizes tell what they were', async () => {
    const progress: number[][] = [];
    const onProgress = (...counts: number[]) => progress.push(counts);
    const data = await openData(folder(shapes), { imageSize: 8, channels: 3, onProgress });
    const transform = { type: 'resizeCrop', channels: 3, resize: 8, crop: [8, 8] } as const;
    expect(data).toMatchObject({ transform, train: { shape: [3, 8, 8] }, sizes: { median: [3, 2] } });
    const second = { width: 3, height: 2, channels: 1 as const, pixels: Uint8Array.of(10, 11, 12, 13, 14, 15) };
    expect([...data.train.inputs.subarray(192, 384)]).toEqual([...transformImage(second, transform).pixels]);
    expect([...data.test.inputs].length).toBe(2 * 192);
    expect(progress).toEqual([
      [4, 6],
      [6, 6],
    ]);
  });

  it('another size of pictures that are light on dark: they are not inverted, however light their border', async () => {
    const data = await openData(folder({ ...shapes, ...idxPair('train', Array(26).fill(0)) }), { imageSize: 2 });
    expect(data.transform).toEqual({ type: 'lightOnDark', height: 2, width: 2 });
    expect(Math.min(...data.train.inputs.subarray(100))).toBeGreaterThanOrEqual(250);
  });

  it('a model’s classes: labels get its numbers', async () => {
    const data = await openData(folder(shapes), { classes: ['bird', 'dog', 'cat'] });
    expect([data.classes, [...data.train.targets]]).toEqual([
      ['bird', 'dog', 'cat'],
      [2, 1, 2, 1],
    ]);
  });

  it('classes of a model that has not all: the first that it does not know is named', async () => {
    expect(await failure(openData(folder(shapes), { classes: ['cat', 'bird'] }))).toMatch(
      /^ARGUMENT: \S+: found class 'dog', which is none of the model's 2: cat, bird$/,
    );
  });

  it('classes without names are a model’s numbers, and must be below their count', async () => {
    const dir = folder({ ...idxPair('train', [0, 2]), ...idxPair('t10k', [1]) });
    expect((await openData(dir, { classes: ['a', 'b', 'c'] })).classes).toEqual(['a', 'b', 'c']);
    expect(await failure(openData(dir, { classes: ['a', 'b'] }))).toMatch(
      /^ARGUMENT: \S+: found label 2, which is none/,
    );
  });

  it('an end: the signal’s reason is the error', async () => {
    const reason = new Error('enough');
    await expect(openData(folder(shapes), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('what cannot be opened ends in one line', () => {
  it.each<[string, Record<string, string | Uint8Array>, string, RegExp]>([
    [
      'nothing there',
      {},
      'nowhere',
      /^FILE: cannot read \S+nowhere \(ENOENT.*\); expected a folder of pictures .*heddle data lists/,
    ],
    ['a file of another kind', { 'a.txt': 'cats' }, 'a.txt', /^FORMAT: \S+a\.txt: expected a folder of pictures/],
    ['a packed archive', { 'a.tar.gz': gzipSync('cats') }, 'a.tar.gz', /^FORMAT: .*found gzip data\. Unpack it first/],
    [
      'pictures in no folder of a class',
      { 'a.png': '', 'b.JPG': '' },
      '.',
      /^FORMAT: .*one folder for each class.*found no folder and 2 files/,
    ],
    ['a picture', { 'a.png': '\x89PNG\r\n\x1a\n' }, 'a.png', /^FORMAT: .*found /],
    [
      'labels without images',
      { 'train-labels-idx1-ubyte': '' },
      '.',
      /^FILE: .*expected a file train-images-idx3-ubyte/,
    ],
    [
      'images without labels',
      { 't10k-images-idx3-ubyte': '' },
      '.',
      /^FILE: .*expected a file train-images-idx3-ubyte/,
    ],
    [
      'too few names',
      { ...idxPair('train', [0, 0, 2]), 'labels.txt': 'a\nb' },
      '.',
      /^FORMAT: .*labels below 2.*found 2/,
    ],
    ['a name twice', { ...idxPair('train', [0, 0]), 'labels.txt': 'a\nb\na\n' }, '.', /line 3: .*'a', as on line 1/],
    [
      'a line without a name',
      { ...idxPair('train', [0, 0]), 'labels.txt': 'a\n\nb' },
      '.',
      /line 2: expected the name/,
    ],
    [
      'tests of another size',
      {
        ...idxPair('train', [0]),
        't10k-images-idx3-ubyte': Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7),
        't10k-labels-idx1-ubyte': Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 0),
      },
      '.',
      /^FORMAT: .*expected test pictures of \[1, 2, 3\].*found \[1, 1, 1\]/,
    ],
    [
      'images of more than 4096 pixels along a side',
      {
        'train-images-idx3-ubyte': Uint8Array.of(
          0,
          0,
          8,
          3,
          0,
          0,
          0,
          2,
          0,
          0,
          0,
          1,
          0,
          0,
          16,
          1,
          ...Array(8194).fill(0),
        ),
        'train-labels-idx1-ubyte': Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 0, 0),
      },
      '.',
      /^FORMAT: .*at most 4096 pixels along each side; found \[1, 1, 4097\]/,
    ],
    ['one image of each class', idxPair('train', [0, 1, 2]), '.', /^FORMAT: .*two pictures of a class/],
    [
      'a mapping without a label',
      { ...idxPair('emnist-digits-train', [0, 1]), 'emnist-digits-mapping.txt': '0 48\n' },
      '.',
      /^FORMAT: .*mapping\.txt: expected the label 1/,
    ],
    [
      'a mapping of anything',
      { ...idxPair('emnist-digits-train', [0, 1]), 'emnist-digits-mapping.txt': '0 48\n1 zebra\n' },
      '.',
      /^FORMAT: .*mapping\.txt: line 2: expected a label.*found '1 zebra'/,
    ],
  ])('%s', async (_title, files, name, message) => {
    const text = await failure(openData(join(folder(files), name)));
    expect(text).toMatch(message);
    expect(text).not.toMatch(/\n/);
  });

  it.each<[object, RegExp]>([
    [{ size: 3 }, /^ARGUMENT: openData has no option 'size'/],
    [{ imageSize: 0 }, /^ARGUMENT: imageSize must be a whole number from 1 to 4096, not 0/],
    [{ testShare: 1 }, /^ARGUMENT: testShare must be above 0 and below 1, not 1/],
    [{ channels: 2 }, /^ARGUMENT: channels must be 1 or 3, not 2/],
  ])('the options %j', async (options, message) => {
    expect(await failure(openData('.', options))).toMatch(message);
  });
});
