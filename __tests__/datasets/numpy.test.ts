import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { zipSync } from 'fflate';
import { holdOut } from '../../src/datasets/holdOut.js';
import { openData } from '../../src/datasets/openData.js';
import { encodeNpy } from '../../src/formats/npy.js';
import { folders } from '../support/dataFiles.js';

const golden = join(import.meta.dirname, '../golden/datasets');
const wanted = JSON.parse(readFileSync(`${golden}.json`, 'utf8'));
const folder = folders();
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'opened',
    (error) => `${error.code}: ${error.message}`,
  );

const contentOf = ({
  shape,
  inputs,
  targets,
}: {
  shape: readonly number[];
  inputs: ArrayLike<number>;
  targets: ArrayLike<number>;
}) => ({
  shape: [...shape],
  inputs: Array.from(inputs),
  targets: Array.from(targets),
});

describe('what NumPy wrote', () => {
  it.each([
    ['keras.npz', 'a NumPy .npz archive', 3],
    ['medmnist.npz', 'a NumPy .npz archive', 2],
    ['npy', 'NumPy .npy files', 3],
  ])('%s', async (name, kind, classes) => {
    const data = await openData(join(golden, name));
    expect(data).toMatchObject({ kind, transform: { type: 'resizeCrop', resize: data.train.shape[1] } });
    expect(data.classes).toEqual(['0', '1', '2'].slice(0, classes));
    expect({ train: contentOf(data.train), test: contentOf(data.test) }).toEqual(wanted[name]);
  });

  it('floats.npz: images of floats that are bytes divided by 255, in Fortran’s order, with a share held out', async () => {
    const { shape, inputs, targets } = wanted['floats.npz'];
    const data = await openData(join(golden, 'floats.npz'), { testShare: 0.25, seed: 3 });
    const places = holdOut(targets, 0.25, 3);
    const some = (list: Int32Array) => ({
      shape,
      inputs: [...list].flatMap((place) => inputs.slice(place * 24, place * 24 + 24)),
      targets: [...list].map((place) => targets[place]),
    });
    expect([contentOf(data.train), contentOf(data.test)]).toEqual([some(places.train), some(places.test)]);
    expect(places.test).toHaveLength(2);
  });
});

type Numbers = Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
const npy = (shape: readonly number[], data: Numbers) => encodeNpy({ shape: [...shape], data } as never);
const images = npy([4, 2, 2], new Uint8Array(16));
const labels = npy([4], Uint8Array.of(0, 0, 1, 1));
const npz = (arrays: Record<string, Uint8Array>) =>
  zipSync(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])));

describe('what is refused', () => {
  it.each<[string, Record<string, Uint8Array>, RegExp]>([
    [
      'other names',
      { arr_0: images, arr_1: labels },
      /expected arrays named x_train and y_train.*found arr_0, arr_1\./,
    ],
    ['images without labels', { images }, /expected images and labels; labels is missing/],
    ['test images without labels', { x_train: images, y_train: labels, x_test: images }, /y_test is missing/],
    ['fewer labels', { images, labels: npy([3], new Uint8Array(3)) }, /labels: expected 4 labels.*found 3/],
    [
      'a one for each class',
      { images, labels: npy([4, 2], new Uint8Array(8)) },
      /\[N\] or \[N, 1\]; found \[4, 2\].*argmax/,
    ],
    [
      'negative labels',
      { images, labels: npy([4], Int32Array.of(0, 1, -1, 0)) },
      /class numbers from 0.*found -1 at place 2/,
    ],
    [
      'labels that are no whole numbers',
      { images, labels: npy([4], Float32Array.of(0, 1, 0.5, 0)) },
      /found 0\.5 at place 2/,
    ],
    [
      'absurd labels',
      { images, labels: npy([4], Int32Array.of(0, 1, 2 ** 30, 0)) },
      /from 0 to 65535; found 1073741824/,
    ],
    [
      'pixels above 255',
      { images: npy([4, 1, 1], Int32Array.of(0, 255, 256, 3)), labels },
      /from 0 to 255; found 256 at place 2/,
    ],
    ['pixels below 0', { images: npy([4, 1, 1], Float32Array.of(0, 1, -1, 0)), labels }, /found -1 at place 2.*astype/],
    [
      'pixels between bytes',
      { images: npy([4, 1, 1], Float32Array.of(0, 0.3, 1, 0)), labels },
      /divided by 255; found 0\.3/,
    ],
    ['NaN', { images: npy([4, 1, 1], Float32Array.of(0, Number.NaN, 1, 0)), labels }, /found NaN at place 1/],
    ['flat images', { images: npy([4, 4], new Uint8Array(16)), labels }, /\[N, H, W\].*found \[4, 4\].*reshape/],
    [
      'images of four channels',
      { images: npy([4, 2, 2, 4], new Uint8Array(64)), labels },
      /1 or 3 channels; found \[4, 2, 2, 4\]/,
    ],
    [
      'no images',
      { images: npy([0, 2, 2], new Uint8Array(0)), labels },
      /one image or more.*found the shape \[0, 2, 2\]/,
    ],
    ['no .npy array', { images: Uint8Array.of(1, 2, 3), labels }, /images: expected "\\x93NUMPY"/],
  ])('%s', async (_title, arrays, message) => {
    const text = await failure(openData(join(folder({ 'a.npz': npz(arrays) }), 'a.npz')));
    expect(text).toMatch(/^FORMAT: \S+a\.npz[:,]/);
    expect(text).toMatch(message);
  });
});

it('names come from classes.txt beside the archive', async () => {
  const dir = folder({ 'a.npz': npz({ images, labels }), 'classes.txt': 'cat\ndog\n' });
  expect((await openData(join(dir, 'a.npz'))).classes).toEqual(['cat', 'dog']);
});
