import { expect, it } from '@jest/globals';
import { classWeights } from '../../src/data/classWeights.js';
import { tensorDataset } from '../../src/data/tensorDataset.js';
import { thrown } from '../support/thrown.js';

it('classWeights gives scikit-learn’s "balanced": count / (classes · count of the class), of pixels too', () => {
  expect(classWeights(tensorDataset([[1], [1], [1], [1], [1], [1]], [0, 1, 1, 2, 2, 2]))).toEqual([2, 1, 2 / 3]);
  expect(classWeights(tensorDataset([[1]], [[[0, 1, 1, 1]]]))).toEqual([2, 2 / 3]);
});

it('classWeights leaves the ignored class number out, -100 or another one', () => {
  expect(classWeights(tensorDataset([[1]], [[0, 1, 1, 1, -100]]))).toEqual([2, 2 / 3]);
  expect(classWeights(tensorDataset([[1]], Uint8Array.of(0)), { ignoreIndex: 255 })).toEqual([1]);
  const masks = tensorDataset([[1]], { data: Uint8Array.of(0, 255, 1, 1), shape: [1, 4] });
  expect(classWeights(masks, { ignoreIndex: 255 })).toEqual([1.5, 0.75]);
});

it.each<[string, Parameters<typeof classWeights>, string]>([
  [
    'floats',
    [tensorDataset([[1]], [0.5])],
    "the data set's targets are floats; expected class numbers, which can be counted",
  ],
  ['a gap', [tensorDataset([[1]], [[0, 2]])], "at least once; the data set's are from 0 to 2, without 1"],
  ['a negative one', [tensorDataset([[1]], [[0, -1]])], "at least once; the data set's are from -1 to 0, without 1"],
  [
    'a huge one',
    [tensorDataset([[1]], [[2 ** 31 - 1]])],
    "the data set's are from 2147483647 to 2147483647, without 0",
  ],
  ['nothing to count', [tensorDataset([[1]], [[3]]), { ignoreIndex: 3 }], "the data set's are all ignored, without 0"],
])('classWeights refuses %s', (_, given, message) => {
  expect(thrown(() => classWeights(...given))).toContain(message);
});
