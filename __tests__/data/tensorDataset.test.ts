import { describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { tensorDataset } from '../../src/data/tensorDataset.js';
import { decodeNpy, encodeNpy } from '../../src/formats/npy.js';
import { thrown } from '../support/thrown.js';

describe('tensorDataset', () => {
  const values = [0, 1, 254, 255, 7, 8, 9, 10];
  const wide = BigInt64Array.from(values, BigInt);

  it.each<[string, Parameters<typeof tensorDataset>[0], Parameters<typeof tensorDataset>[1]]>([
    [
      'lists',
      [
        [
          [0, 1],
          [254, 255],
        ],
        [
          [7, 8],
          [9, 10],
        ],
      ],
      [3, 255],
    ],
    ['64-bit integers', { shape: [2, 2, 2], data: wide }, BigInt64Array.of(3n, 255n)],
    ['unsigned ones', { shape: [2, 2, 2], data: BigUint64Array.from(wide) }, BigUint64Array.of(3n, 255n)],
    [
      'lists of bigints',
      [
        [
          [0n, 1n],
          [254n, 255n],
        ],
        [
          [7n, 8n],
          [9n, 10n],
        ],
      ],
      [3n, 255n],
    ],
    [
      'what decodeNpy gives of int64',
      decodeNpy(encodeNpy({ shape: [2, 2, 2], data: wide })),
      decodeNpy(encodeNpy({ shape: [2], data: BigInt64Array.of(3n, 255n) })),
    ],
    ['a view of labels with a stride', { shape: [2, 2, 2], data: values }, ndarray([9, 3, 9, 255], [2], [2], 1)],
    ['buffers of bytes', { shape: [2, 2, 2], data: Uint8Array.from(values).buffer }, Uint8Array.of(3, 255).buffer],
  ])('takes %s', (_, images, labels) => {
    const dataset = tensorDataset(images, labels);
    expect(dataset).toMatchObject({ count: 2, shape: [1, 2, 2], targetShape: [] });
    expect([[...dataset.inputs], [...dataset.targets]]).toEqual([values, [3, 255]]);
  });

  it('copies [N, C, H, W] in any strides to shared memory', () => {
    const turned = ndarray(Uint8Array.of(1, 3, 2, 4), [1, 1, 2, 2], [4, 4, 1, 2]);
    const { inputs, targets } = tensorDataset(turned, [7]);
    expect([...inputs]).toEqual([1, 2, 3, 4]);
    for (const { buffer } of [inputs, targets]) expect(buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});

/** The classes of a data set's arrays. */
const kindsOf = (...given: Parameters<typeof tensorDataset>) => {
  const { inputs, targets } = tensorDataset(...given);
  return [inputs.constructor.name, targets.constructor.name];
};
const image = (data: ArrayLike<number>) => ({ data, shape: [1, 1, 1, 2] });
const [B, F, I] = ['Uint8Array', 'Float32Array', 'Int32Array'];

describe('the kinds that tensorDataset takes numbers for', () => {
  it.each<[string, Parameters<typeof tensorDataset>, string[]]>([
    ['bytes and byte labels', [image(Uint8Array.of(1, 2)), Uint8Array.of(3)], [B, B]],
    ['an integer type', [image(Int16Array.of(1, 2)), Int16Array.of(3)], [B, I]],
    ['floats, whole ones too', [image(Float32Array.of(1, 2)), Float64Array.of(3)], [F, F]],
    ['a list of whole numbers, images', [[[[1, 2]]], [3]], [B, I]],
    ['a list of whole numbers, features', [[[1, 2]], [3]], [F, I]],
    ['lists with fractions', [[[[1, 2.5]]], [3.5]], [F, F]],
    ['whole lists said to be floats', [[[[1, 2]]], [[3, 4]], { inputs: 'floats', targets: 'floats' }], [F, F]],
    [
      'whole floats said to be bytes',
      [image(Float32Array.of(1, 2)), Float32Array.of(3), { inputs: 'bytes', targets: 'classes' }],
      [B, I],
    ],
    ['whole rows said to be bytes', [[[1, 2]], [3], { inputs: 'bytes' }], [B, I]],
    ['class numbers of pixels', [[[[1, 2]]], [[[0, 70000]]]], [B, I]],
  ])('%s', (_, given, kinds) => {
    expect(kindsOf(...given)).toEqual(kinds);
  });

  it('targets have the shape that they are given in, without the samples', () => {
    const shapes = ([[5], [[5, 6]], [[[5, 6]]]] as const).map((targets) => tensorDataset([[1]], targets).targetShape);
    expect(shapes).toEqual([[], [2], [1, 2]]);
  });

  it('floats are rounded to float32, and class numbers are taken to 2^31 - 1', () => {
    const { inputs, targets } = tensorDataset([[0.1]], [2 ** 31 - 1]);
    expect([...inputs, ...targets]).toEqual([Math.fround(0.1), 2 ** 31 - 1]);
  });
});

describe('tensorDataset refuses', () => {
  const bytes = "expected whole numbers from 0 to 255, or { inputs: 'floats' }";
  const classes = "expected class numbers, whole ones below 2^31, or { targets: 'floats' }";
  it.each<[string, Parameters<typeof tensorDataset>, string]>([
    ['a pixel of 256', [[[[0, 256]]], [0]], `SHAPE: the inputs have 256 at [0, 0, 1]; ${bytes}`],
    [
      'a pixel of -1n',
      [image([0, -1]), [0], { inputs: 'bytes' }],
      `SHAPE: the inputs have -1 at [0, 0, 0, 1]; ${bytes}`,
    ],
    [
      'half a byte',
      [image([0, 0.5]), [0], { inputs: 'bytes' }],
      `SHAPE: the inputs have 0.5 at [0, 0, 0, 1]; ${bytes}`,
    ],
    [
      'NaN',
      [
        [[1], [Number.NaN]],
        [0, 1],
      ],
      'SHAPE: the inputs have NaN at [1, 0]; expected finite numbers of float32',
    ],
    [
      'an infinity',
      [[[1]], [[0, -1 / 0]]],
      'SHAPE: the targets have -Infinity at [0, 1]; expected finite numbers of float32',
    ],
    [
      '1e39, beyond float32',
      [[[1e39]], [0]],
      'SHAPE: the inputs have 1e+39 at [0, 0]; expected finite numbers of float32',
    ],
    ['a class of 1.5', [[[1]], [1.5], { targets: 'classes' }], `SHAPE: the targets have 1.5 at [0]; ${classes}`],
    ['a class of 2^31', [[[1]], [2 ** 31]], `SHAPE: the targets have 2147483648 at [0]; ${classes}`],
    ['a pixel of 2^60', [[[[2n ** 60n]]], [0]], 'SHAPE: the inputs tensor[0][0][0] is 1152921504606846976'],
    ['a class of 2^63', [[[1]], BigUint64Array.of(2n ** 63n)], 'SHAPE: number 0 of the targets tensor is 9223372'],
    [
      'two targets for one sample',
      [[[1]], [0, 1]],
      'SHAPE: the targets have shape [2]; expected 1 of them, as there are inputs',
    ],
    [
      'inputs without a shape',
      [new Uint8Array(4) as never, [0]],
      'SHAPE: the inputs have shape [4]; expected [N, C, H, W], [N, H, W] or [N, features]',
    ],
    ['no samples', [[], []], 'SHAPE: the inputs have shape [0]; expected [N, C, H, W]'],
    ['null for targets', [[[1]], null as never], 'SHAPE: the targets tensor is null; expected an ndarray'],
    ['null for inputs', [null as never, [0]], 'SHAPE: the inputs tensor is null; expected an ndarray'],
    [
      'another kind',
      [[[1]], [0], { inputs: 'words' as never }],
      "ARGUMENT: inputs must be one of bytes, floats, not 'words'",
    ],
  ])('%s', (_, given, message) => {
    expect(thrown(() => tensorDataset(...given))).toContain(message);
  });
});
