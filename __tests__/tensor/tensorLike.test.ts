import { describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { Flatten } from '../../src/layers/flatten.js';
import { ReLU } from '../../src/layers/relu.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { readBatch, readTensor, type Strided, type TensorLike, toArray } from '../../src/tensor/tensorLike.js';
import { rowMajor, type TensorSource } from '../../src/tensor/view.js';
import { thrown } from '../support/thrown.js';

const read = (value: TensorLike, least = 1, most = 2) => readBatch('the input', value, [2, 3], most, least);
const numbers = ({ shape, ...tensor }: Strided) => [shape, [...rowMajor({ shape, ...tensor })]];

describe('a batch of samples of shape [2, 3]', () => {
  const expected = [
    [2, 2, 3],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  ];
  const count = Float32Array.from({ length: 12 }, (_, i) => i);
  // Its axes are stored in reverse order, behind one other number.
  const reversed = new Float64Array(13);
  for (let i = 0; i < 12; i++) reversed[1 + Math.floor(i / 6) + 2 * (Math.floor(i / 3) % 2) + 4 * (i % 3)] = i;

  it.each<[string, TensorLike]>([
    ['an ndarray', ndarray(count, [2, 2, 3])],
    ['an ndarray with strides and an offset', ndarray(reversed, [2, 2, 3], [1, 2, 4], 1)],
    ['a typed array with its shape', { data: Uint8Array.from(count), shape: [2, 2, 3] }],
    ['a typed array of whole samples', count],
    ['64-bit integers of whole samples', BigInt64Array.from([...count], BigInt)],
    ['unsigned 64-bit integers with their shape', { data: BigUint64Array.from([...count], BigInt), shape: [2, 2, 3] }],
    ['a list of bigints with its shape', { data: Array.from(count, BigInt), shape: [2, 2, 3] }],
    [
      'nested lists',
      [
        [
          [0, 1, 2],
          [3, 4, 5],
        ],
        [
          [6, 7, 8],
          [9, 10, 11],
        ],
      ],
    ],
  ])('can be %s', (_, value) => {
    expect(numbers(read(value))).toEqual(expected);
  });

  it.each<[string, TensorLike, string]>([
    ['another shape', ndarray(count, [2, 3, 2]), 'the input has shape [2, 3, 2]; expected [1 to 2, 2, 3]'],
    ['no batch axis', { data: count, shape: [2, 3] }, 'the input has shape [2, 3]; expected [1 to 2, 2, 3]'],
    ['too many samples', new Int8Array(18), 'the input has shape [3, 2, 3]; expected [1 to 2, 2, 3]'],
    ['no samples', [], 'the input has shape [0]; expected [1 to 2, 2, 3]'],
    [
      'half a sample',
      new Float32Array(9),
      'the input has 9 numbers; expected whole samples of shape [2, 3], 6 numbers',
    ],
    ['too few numbers for the shape', { data: count, shape: [3, 2, 3] }, 'the input has 12 numbers, too few for'],
    [
      'strides that leave the array',
      { data: count, shape: [2, 2, 3], stride: [6, 3, 2] },
      'the input has 12 numbers, too few for its shape [2, 2, 3] with strides [6, 3, 2]',
    ],
    [
      '64-bit integers beyond 2^53',
      { data: BigInt64Array.of(0n, -(2n ** 53n), 0n, 0n, 0n, 0n), shape: [1, 2, 3] },
      'number 1 of the input is -9007199254740992; expected 64-bit integers from -(2^53 - 1) to 2^53 - 1',
    ],
    [
      'a buffer of an unknown type',
      { data: new ArrayBuffer(24), shape: [1, 2, 3] } as never,
      'the input has an ArrayBuffer',
    ],
    [
      'lists of different lengths',
      [
        [
          [1, 2, 3],
          [4, 5],
        ],
      ],
      'the input[0][1] is a list of 2; expected a list of 3',
    ],
    ['lists of different depths', [[[1, 2, 3], 4]] as never, 'the input[0][1] is 4; expected a list of 3'],
    [
      'text in a list',
      [
        [
          [1, 2, 3],
          [4, 5, '6'],
        ],
      ] as never,
      "the input[0][1][2] is '6'; expected a number",
    ],
    [
      'text',
      'image.png' as never,
      "the input is 'image.png'; expected an ndarray, a typed array with its shape, or nested lists",
    ],
    ['nothing', undefined as never, 'the input is undefined; expected an ndarray'],
  ])('is refused with SHAPE: %s', (_, value, message) => {
    expect(thrown(() => read(value))).toContain(`SHAPE: ${message}`);
  });

  it('of a count that is fixed is refused with that count', () => {
    expect(thrown(() => read(count, 1, 1))).toBe('SHAPE: the input has shape [2, 2, 3]; expected [1, 2, 3]');
  });
});

describe('readTensor', () => {
  it('reads lists of any depth', () => {
    expect(numbers(readTensor('it', [1, 2]))).toEqual([[2], [1, 2]]);
    expect(numbers(readTensor('it', [[[[5]]]]))).toEqual([[1, 1, 1, 1], [5]]);
    expect(numbers(readTensor('it', [[1n], [2n]]))).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(thrown(() => readTensor('it', [[1n], [2n ** 60n]]))).toMatch(/^SHAPE: it\[1\]\[0\] is 1152921504606846976;/);
  });
});

describe('toArray gives plain numbers in nested lists', () => {
  const lists = [
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
    [
      [6, 7, 8],
      [9, 10, 11],
    ],
  ];

  it.each<[string, TensorSource]>([
    ['a typed array with its shape', { data: Uint8Array.from({ length: 12 }, (_, i) => i), shape: [2, 2, 3] }],
    ['64-bit integers', { data: BigInt64Array.from({ length: 12 }, (_, i) => BigInt(i)), shape: [2, 2, 3] }],
    ['what readTensor makes of lists', readTensor('the input', lists)],
    [
      'a view with other strides and an offset',
      ndarray(
        new Float32Array(13).map((_, i) => i - 1),
        [2, 2, 3],
        [6, 3, 1],
        1,
      ),
    ],
    [
      'a view that runs backwards',
      ndarray(
        new Float32Array(12).map((_, i) => 11 - i),
        [3, 2, 2],
        [-1, -3, -6],
        11,
      ).transpose(2, 1, 0),
    ],
  ])('of %s', (_, tensor) => {
    expect(toArray(tensor)).toEqual(lists);
  });

  it('of an image in the model’s memory, whose channels stand together there', () => {
    const model = new Model(new Sequential([new Flatten()]), { inputShape: [2, 1, 3], batchSize: 4 });
    const output = new Model(new Sequential([new ReLU()]), { inputShape: [2, 1, 3], batchSize: 4 }).forward([
      [[[1, 2, 3]], [[4, 5, 6]]],
    ]);
    expect([...output.data].slice(0, 6)).toEqual([1, 4, 2, 5, 3, 6]);
    const images = toArray<number[][][][]>(output);
    expect(images).toEqual([[[[1, 2, 3]], [[4, 5, 6]]]]);
    expect(toArray(model.forward(images))).toEqual([[1, 2, 3, 4, 5, 6]]);
  });

  it.each<[string, TensorSource, unknown]>([
    ['without axes, such as BatchNorm’s counter', ndarray(BigInt64Array.of(7n) as never, []), 7],
    ['without elements', { data: [], shape: [2, 0, 3] }, [[], []]],
    ['of float64, which keeps its digits', { data: Float64Array.of(0.1), shape: [1] }, [0.1]],
  ])('of a tensor %s', (_, tensor, expected) => {
    expect(toArray(tensor)).toEqual(expected);
  });

  it.each<[string, unknown, RegExp]>([
    ['too few numbers', { data: [1, 2], shape: [3] }, /^SHAPE: .*\[3\]; found data of 2/],
    ['no shape', new Float32Array(3), /^SHAPE: expected a tensor, with shape and data/],
    ['lists already', [[1, 2]], /^SHAPE: expected a tensor, with shape and data/],
    ['nothing', undefined, /^SHAPE: expected a tensor, with shape and data/],
  ])('refuses %s', (_, tensor, message) => {
    expect(thrown(() => toArray(tensor as TensorSource))).toMatch(message);
    expect(thrown(() => rowMajor(tensor as never))).toMatch(message);
  });
});
